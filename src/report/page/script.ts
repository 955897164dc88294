/** The part of a page's script that chooses the look of figures and shows their tooltips. */
export const LOOK_SCRIPT = `const prefersDark = matchMedia('(prefers-color-scheme: dark)')
const isNarrow = matchMedia('(max-width: 600px)')
let isPrinting = false
const tip = document.getElementById('tip')
const views = new Map()

const theme = () => document.documentElement.dataset.theme || (prefersDark.matches ? 'dark' : 'light')

/** Two figures stand side by side in print, each as large as on a phone. */
function look() {
  if (isPrinting) return 'phone'
  return isNarrow.matches ? { light: 'phone', dark: 'phone-dark' }[theme()] : theme()
}

function show(_handler, event, _item, text) {
  tip.hidden = !text
  if (!text) return
  tip.textContent = text
  const room = document.documentElement.clientWidth - tip.offsetWidth - 8
  tip.style.left = Math.max(8, Math.min(event.clientX + 14, room)) + 'px'
  tip.style.top = event.clientY + 14 + 'px'
}
`

/** The page's script: draws figures that fit the screen, shows tooltips, hides methods, and switches between light and dark. */
export const SCRIPT = `
'use strict'
const specs = JSON.parse(document.getElementById('specs').textContent)
${LOOK_SCRIPT}
const hiddenKinds = figure =>
  [...figure.querySelectorAll('input')].filter(box => !box.checked).map(box => box.value)

function draw(figure) {
  views.get(figure)?.finalize()
  const view = new vega.View(vega.parse(specs[figure.id][look()]), {
    renderer: 'svg',
    container: figure.querySelector('.plot'),
    hover: true,
    tooltip: show,
  })
  view.signal('hidden', hiddenKinds(figure))
  views.set(figure, view)
  view.run()
}

function drawAll() {
  tip.hidden = true
  for (const figure of document.querySelectorAll('figure')) draw(figure)
  document.documentElement.dataset.drawn = look()
}

function print(begins) {
  isPrinting = begins
  drawAll()
}

for (const figure of document.querySelectorAll('figure')) {
  figure.addEventListener('change', () => views.get(figure).signal('hidden', hiddenKinds(figure)).run())
}
document.getElementById('theme').addEventListener('click', () => {
  document.documentElement.dataset.theme = theme() === 'dark' ? 'light' : 'dark'
  drawAll()
})
prefersDark.addEventListener('change', drawAll)
isNarrow.addEventListener('change', drawAll)
addEventListener('beforeprint', () => print(true))
addEventListener('afterprint', () => print(false))
drawAll()
`
