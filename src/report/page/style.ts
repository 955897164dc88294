/** The page's style sheet; figures have their own colours for each theme. */
export const STYLE = `
:root { color-scheme: light; --ground: #ffffff; --ink: #1f1f1f; --faint: #595959; --line: #d9d9d9; --good: #00694b; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { color-scheme: dark; --ground: #16181d; --ink: #ececec; --faint: #a8a8a8; --line: #3a3d45; --good: #5fd1a8; --bad: #ff9a90 } }
:root[data-theme=dark] { color-scheme: dark; --ground: #16181d; --ink: #ececec; --faint: #a8a8a8; --line: #3a3d45; --good: #5fd1a8; --bad: #ff9a90 }
body { margin: 0 auto; max-width: 92rem; padding: 1rem; background: var(--ground); color: var(--ink); font: 15px/1.45 Inter, Helvetica, Arial, sans-serif }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 1rem; margin-bottom: 1rem }
header h1 { flex-grow: 1 }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0 }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem }
h3 { font-size: 13px; margin: 1.4rem 0 .5rem }
h1, h2, h3, thead th { font-weight: 600 }
h1, h2, h3, dd, li { overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 }
dt { color: var(--faint) }
dd { margin: 0 }
p { max-width: 60rem; margin: .5rem 0 }
a { color: inherit; text-underline-offset: .15em }
nav ul { columns: 17rem; margin: 0; padding: 0; list-style: none }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; border-bottom: 1.5px solid var(--ink) }
th, td { padding: .15rem .6rem; text-align: right; vertical-align: top }
tbody th { font-weight: inherit }
td, tbody th { white-space: nowrap }
tbody .path { white-space: normal; min-width: 9rem }
.wide td { white-space: normal }
thead th { vertical-align: bottom }
td.long { white-space: normal; min-width: 16rem }
th:first-child, td:first-child { position: sticky; left: 0; background: var(--ground); padding-left: 0 }
th.left, td.left { text-align: left }
thead { border-top: 1.5px solid var(--ink); border-bottom: 1px solid var(--ink) }
thead th.group { text-align: center; border-bottom: 1px solid var(--line) }
tr.first > * { padding-top: .55rem }
code { font: inherit }
code span { display: inline-block; max-width: 100%; overflow-wrap: break-word }
.quiet, .note { color: var(--faint) }
.good { color: var(--good) }
.bad { color: var(--bad); font-weight: 600 }
.note { font-size: 13px; overflow-wrap: anywhere }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 44rem), 1fr)); gap: 0 1.5rem }
figure { margin: 1rem 0; min-width: 0; max-width: 720px }
figure svg { display: block; max-width: 100%; height: auto }
fieldset { border: 0; margin: .3rem 0 0; padding: 0; font-size: 13px }
label { display: inline-block; margin-right: 1rem; white-space: nowrap }
button { font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: 4px; padding: .2rem .7rem }
#tip { position: fixed; z-index: 1; pointer-events: none; white-space: pre-line; overflow-wrap: anywhere; max-width: calc(100vw - 16px); box-sizing: border-box; background: var(--ground); color: var(--ink); border: 1px solid var(--faint); border-radius: 4px; padding: .3rem .6rem; font-size: 13px; box-shadow: 0 1px 6px #0004 }
#tip[hidden] { display: none }
@media (scripting: none) { fieldset, #theme { display: none } }
@media (max-width: 600px) {
  body { padding: .75rem }
  dl { grid-template-columns: 1fr; gap: 0 }
  dd { margin-bottom: .4rem }
  th, td { padding: .2rem .4rem }
  td, tbody th { white-space: normal }
  tbody th { min-width: 6rem }
  td.long { min-width: 9rem }
}
@media print {
  :root:root { color-scheme: light; --ground: #ffffff; --ink: #1f1f1f; --faint: #595959; --line: #d9d9d9; --good: #00694b; --bad: #b3261e }
  @page { size: A4; margin: 14mm 12mm }
  body { max-width: none; padding: 0; font-size: 11px }
  h3, table, .note { font-size: 9.5px }
  button, fieldset { display: none }
  .scroll { overflow: visible }
  .figures { grid-template-columns: 1fr 1fr }
  th, td { padding: .1rem .3rem }
  th:first-child, td:first-child { position: static }
  table.wide { font-size: 8px }
  .wide th, .wide td { padding: .1rem .14rem }
  td, td.long, tbody th { white-space: normal; min-width: 0 }
  tbody th { min-width: 9em }
  h2, h3, thead { break-after: avoid }
  .note { break-before: avoid }
  figure, tr { break-inside: avoid }
}
`
