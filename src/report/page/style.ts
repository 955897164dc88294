/** How the page looks; figures bring their own colours for either theme. */
export const STYLE = `
:root { color-scheme: light; --ground: #ffffff; --ink: #1f1f1f; --faint: #595959; --line: #d9d9d9; --good: #00694b; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { color-scheme: dark; --ground: #16181d; --ink: #ececec; --faint: #a8a8a8; --line: #3a3d45; --good: #5fd1a8; --bad: #ff9a90 } }
:root[data-theme=dark] { color-scheme: dark; --ground: #16181d; --ink: #ececec; --faint: #a8a8a8; --line: #3a3d45; --good: #5fd1a8; --bad: #ff9a90 }
body { margin: 0 auto; max-width: 92rem; padding: 1rem; background: var(--ground); color: var(--ink); font: 15px/1.45 Inter, Helvetica, Arial, sans-serif }
header { display: flex; justify-content: space-between; align-items: baseline }
h2 { margin-top: 2.5rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; border-bottom: 1.5px solid var(--ink) }
caption { text-align: left; font-weight: 600; padding: .8rem 0 .4rem }
th, td { padding: .15rem .6rem; text-align: right; vertical-align: top }
td { white-space: nowrap }
td.long { white-space: normal; min-width: 20rem }
th:first-child, td:first-child { position: sticky; left: 0; background: var(--ground) }
th.left, td.left { text-align: left }
thead { border-top: 1.5px solid var(--ink); border-bottom: 1px solid var(--ink) }
thead th.group { text-align: center; border-bottom: 1px solid var(--line) }
tr.first td { padding-top: .55rem }
.quiet, .note { color: var(--faint) }
.good { color: var(--good) }
.bad { color: var(--bad); font-weight: 600 }
.note { max-width: 60rem; font-size: 13px }
.figures { display: flex; flex-wrap: wrap; gap: 0 1.5rem }
figure { margin: 1.5rem 0; flex: 1 1 560px; min-width: 0; max-width: 720px }
figure svg { max-width: 100%; height: auto }
fieldset { border: 0; margin: 0; padding: 0; font-size: 13px }
label { margin-right: 1rem }
button { font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: 4px; padding: .2rem .7rem }
#tip { position: fixed; z-index: 1; pointer-events: none; white-space: pre-line; background: var(--ground); color: var(--ink); border: 1px solid var(--faint); border-radius: 4px; padding: .3rem .6rem; font-size: 13px; box-shadow: 0 1px 6px #0004 }
#tip[hidden] { display: none }
@media print { button, fieldset { display: none } }
`
