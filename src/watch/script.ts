import {LOOK_SCRIPT} from '../report/page/script.ts'

/** The page's script, which polls the state and updates only what has changed. Texts are set as text, never as markup. */
export const WATCH_SCRIPT = `'use strict'
${LOOK_SCRIPT}
const EVERY_MS = 1500
const byId = id => document.getElementById(id)
const drawn = new Map()
const rows = new Map()
let chosen = 'all'
let last

const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text
}

function make(tag, parent, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties)
  parent.append(element)
  return element
}

function drawFigure({id, version, title, spec}) {
  const key = version + ' ' + look()
  if (drawn.get(id) === key) return
  let figure = byId(id)
  if (!figure) {
    figure = make('figure', byId('figures'), {id})
    make('div', figure, {className: 'plot'})
  }
  figure.setAttribute('aria-label', title)
  views.get(figure)?.finalize()
  const view = new vega.View(vega.parse(spec), {
    renderer: 'svg',
    container: figure.querySelector('.plot'),
    hover: true,
    tooltip: show,
  })
  views.set(figure, view)
  view.run()
  drawn.set(id, key)
}

function drawFigures(figures) {
  for (const figure of [...byId('figures').children]) {
    if (figures.some(({id}) => id === figure.id)) continue
    views.get(figure)?.finalize()
    drawn.delete(figure.id)
    figure.remove()
  }
  for (const [i, figure] of figures.entries()) {
    drawFigure(figure)
    const element = byId(figure.id)
    if (byId('figures').children[i] !== element) byId('figures').insertBefore(element, byId('figures').children[i])
  }
  document.documentElement.dataset.drawn = look()
}

function rowOf(label) {
  if (!rows.has(label)) {
    const row = document.createElement('tr')
    make('th', row, {className: 'left label', scope: 'row'})
    for (const name of ['state', 'activity', 'score', 'problem']) make('td', row, {className: 'left ' + name})
    make('progress', row.children[2], {max: 1, hidden: true})
    make('span', row.children[2])
    rows.set(label, row)
  }
  return rows.get(label)
}

function fillRow({label, state, activity, fraction, score, problem}) {
  const row = rowOf(label)
  const [name, stateCell, activityCell, scoreCell, problemCell] = row.children
  setText(name, label)
  setText(stateCell, state)
  row.dataset.state = state
  const [bar, text] = activityCell.children
  bar.hidden = fraction === undefined
  bar.value = fraction ?? 0
  setText(text, activity)
  setText(scoreCell, score)
  setText(problemCell, problem)
  row.hidden = !(chosen === 'all' || chosen === state) || !label.toLowerCase().includes(byId('search').value.toLowerCase())
  return row
}

function fillTable(cells) {
  const body = byId('cells')
  body.parentElement.classList.toggle('calm', cells.every(({problem}) => problem === ''))
  const shown = cells.map(fillRow)
  for (const [i, row] of shown.entries()) if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null)
  while (body.children.length > shown.length) body.lastElementChild.remove()
  const labels = new Set(cells.map(({label}) => label))
  for (const label of rows.keys()) if (!labels.has(label)) rows.delete(label)
}

function fillStates(cells) {
  const counts = new Map([['all', cells.length]])
  for (const {state} of cells) counts.set(state, (counts.get(state) ?? 0) + 1)
  if (!counts.has(chosen)) counts.set(chosen, 0)
  const box = byId('states')
  const texts = [...counts].map(([state, count]) => state + ' ' + count)
  if (box.dataset.texts === texts.join() + chosen) return
  box.dataset.texts = texts.join() + chosen
  const focused = box.contains(document.activeElement) && document.activeElement.value
  box.replaceChildren()
  for (const [i, state] of [...counts.keys()].entries()) {
    const button = make('button', box, {type: 'button', value: state, textContent: texts[i]})
    button.setAttribute('aria-pressed', String(state === chosen))
    if (focused === state) button.focus()
  }
}

function fill(state) {
  last = state
  document.title = state.heading
  setText(byId('title'), state.title)
  setText(byId('counts'), state.counts)
  setText(byId('eta'), state.eta)
  byId('done').value = state.fraction
  setText(byId('notice'), state.notice)
  byId('notice').hidden = state.notice === ''
  fillStates(state.cells)
  fillTable(state.cells)
  drawFigures(state.figures)
}

function showStatus(text) {
  setText(byId('status'), text)
  byId('status').hidden = text === ''
}

let timer
let ended = false
let reading = false
let again = false

/** One request at a time, so that an older response never overwrites a newer one. */
async function refresh() {
  clearTimeout(timer)
  again = reading
  if (reading || ended) return
  reading = true
  try {
    const response = await fetch('state.json?look=' + look())
    if (!response.ok) throw new Error(await response.text())
    const state = await response.json()
    fill(state)
    ended = state.ended
    showStatus(ended ? 'svft has ended; this page no longer updates.' : '')
  } catch (error) {
    const reason = error instanceof TypeError ? 'svft does not respond' : error.message
    showStatus('Not updated since ' + (last ? last.at : 'the beginning') + ': ' + reason)
  }
  reading = false
  if (!ended) timer = setTimeout(refresh, again ? 0 : EVERY_MS)
}

byId('states').addEventListener('click', event => {
  if (event.target.tagName !== 'BUTTON') return
  chosen = event.target.value
  fill(last)
})
byId('search').addEventListener('input', () => fill(last))
byId('theme').addEventListener('click', () => {
  document.documentElement.dataset.theme = theme() === 'dark' ? 'light' : 'dark'
  void refresh()
})
for (const query of [prefersDark, isNarrow]) query.addEventListener('change', () => void refresh())
void refresh()
`
