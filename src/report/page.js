/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs stand side by side; one button folds a pair into one picture with a slider, the other takes the drawing away. */
document.documentElement.classList.add('js');
for (const figure of document.querySelectorAll('figure.both')) {
  const slider = figure.querySelector('input'), pair = figure.querySelector('.pair');
  const [swipe, lines] = figure.querySelectorAll('button');
  const show = () => pair.style.setProperty('--at', slider.value + '%');
  const toggle = (button, name) => button.addEventListener('click', () =>
    button.setAttribute('aria-pressed', figure.classList.toggle(name) === (name === 'swipe')));
  toggle(swipe, 'swipe');
  toggle(lines, 'bare');
  slider.addEventListener('input', show);
  const drag = event => {
    if (!event.buttons || !figure.classList.contains('swipe')) return;
    const box = pair.getBoundingClientRect();
    slider.value = 100 * (event.clientX - box.left) / box.width;
    show();
  };
  pair.addEventListener('pointerdown', drag);
  pair.addEventListener('pointermove', drag);
  pair.addEventListener('dragstart', event => event.preventDefault());
}
/* What is folded is printed too. */
addEventListener('beforeprint', () => document.querySelectorAll('details').forEach(d => { d.open = true; }));
