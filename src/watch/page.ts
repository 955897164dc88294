import {memoize} from '../base/memoize.ts'
import {documentHead, readVega} from '../report/page/page.ts'
import {type PageFile, type PageFiles, type PageServer, STATE, servePage} from './page-server.ts'
import {openPageState} from './page-state.ts'
import {WATCH_SCRIPT} from './script.ts'
import type {WatchedRuns} from './watched-cell.ts'

/** Serves the page of runs; undefined takes any free port. @throws Fault 'usage' if the port cannot be used */
export async function serveRuns(read: () => Promise<WatchedRuns>, port: number | undefined): Promise<PageServer> {
  const state = openPageState(read)
  const server = await servePage({port, files: pageFiles(state.json)})
  return {
    url: server.url,
    close() {
      state.end()
      return server.close()
    },
  }
}

/** The files of the page; `readState` returns its state as JSON, with figures in the look of that name. */
function pageFiles(readState: (look: string) => Promise<Pick<PageFile, 'body' | 'isLast'>>): PageFiles {
  const html = memoize(async (): Promise<PageFile> => ({type: 'text/html', body: await pageText()}))
  const vega = memoize(async (): Promise<PageFile> => ({type: 'text/javascript', body: await readVega()}))
  return {
    '': html,
    'vega.js': vega,
    'page.js': () => ({type: 'text/javascript', body: WATCH_SCRIPT}),
    [STATE]: async query => ({type: 'application/json', ...(await readState(query.get('look') ?? ''))}),
  }
}

const pageText = async () => `${await documentHead('svft')}
<style>${STYLE}</style>
<header><h1 id="title">svft</h1><button id="theme" type="button">light / dark</button></header>
<main>
<noscript><p class="bad">This page needs JavaScript.</p></noscript>
<p id="status" class="bad" role="status" hidden></p>
<p id="notice" class="bad" hidden></p>
<p class="work"><progress id="done" max="1" aria-label="work done"></progress><span id="counts"></span> <span id="eta" class="quiet"></span></p>
<div id="figures" class="figures"></div>
<h2>Runs</h2>
<div class="filter"><div id="states" role="group" aria-label="state"></div><input id="search" type="search" placeholder="part of a name" aria-label="part of a name"></div>
<div class="scroll" role="region" tabindex="0" aria-label="runs"><table aria-label="runs">
<thead><tr><th scope="col" class="left">Run</th><th scope="col" class="left">State</th><th scope="col" class="left">Progress</th><th scope="col" class="left">Score × 100</th><th scope="col" class="left problem">Problem</th></tr></thead>
<tbody id="cells"></tbody>
</table></div>
</main>
<div id="tip" role="status" hidden></div>
<script src="vega.js"></script>
<script src="page.js"></script>
</html>
`

/** Styles in addition to those of reports. */
const STYLE = `
.work { display: flex; flex-wrap: wrap; align-items: center; gap: .2rem .8rem; font-variant-numeric: tabular-nums }
progress { accent-color: var(--good); height: .7rem; width: 16rem; max-width: 100% }
td progress:not([hidden]) { width: 6rem; margin-right: .6rem; vertical-align: middle }
.filter { display: flex; flex-wrap: wrap; gap: .4rem 1rem; margin: .5rem 0 }
#states { display: flex; flex-wrap: wrap; gap: .3rem }
#states button { font-size: 13px }
#states button[aria-pressed=true] { border-color: var(--ink) }
input { font: inherit; font-size: 13px; color: inherit; background: none; border: 1px solid var(--line); border-radius: 4px; padding: .2rem .5rem; min-width: 0 }
.calm .problem { display: none }
td.problem { white-space: pre-line; overflow-wrap: anywhere; min-width: 12rem; color: var(--bad) }
tr[data-state=done] .state { color: var(--good) }
tr:is([data-state=failed], [data-state=lost], [data-state=unreadable]) .state { color: var(--bad); font-weight: 600 }
tr:is([data-state=pending], [data-state=checkpointed]) > * { color: var(--faint) }
tr[data-state=running] .state { font-weight: 600 }
#notice, #status { overflow-wrap: anywhere }
@media (max-width: 600px) { tbody th { min-width: 9rem } td.problem { min-width: 0 } td progress:not([hidden]) { display: block; margin-bottom: .2rem } }
`
