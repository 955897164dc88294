// npm run figures: the figures of the docs, docs/figures/*.svg, light and dark: those of results/reference/*-mini.csv and
// tuned-*.csv, and the scores against learning rates of results/reference/trials.
import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {makeFolder, writeText} from '../src/base/files.ts'
import {referenceFolder} from '../src/base/folders.ts'
import {type Figure, specOf} from '../src/report/draw/figure.ts'
import {LOOKS} from '../src/report/draw/look.ts'
import {renderSvg} from '../src/report/draw/svg.ts'
import {buildReport, figuresOf} from '../src/report/report.ts'
import {readSources} from '../src/report/sources/read-sources.ts'
import {printLine, runWhenStarted} from './start.ts'

const root = join(import.meta.dirname, '..')

/** Draws the figures of the docs, by file name. */
export async function docsFigures(): Promise<Record<string, string>> {
  const results = referenceFolder()
  const suites = (await readdir(results)).filter(name => /-mini\.csv$|^tuned-/.test(name)).sort()
  const searches = (await readdir(join(results, 'trials'))).sort()
  const drawn = [
    ...(await Promise.all(suites.map(name => figuresIn(join(results, name))))).flat(),
    ...(await Promise.all(searches.map(name => figuresIn(join(results, 'trials', name))))).flat().filter(isOfRates),
  ]
  const figures: Record<string, string> = {}
  for (const figure of drawn) {
    figures[`${figure.id}.svg`] = await renderSvg(specOf(figure, LOOKS.light))
    figures[`${figure.id}-dark.svg`] = await renderSvg(specOf(figure, LOOKS.dark))
  }
  return figures
}

const figuresIn = async (file: string): Promise<readonly Figure[]> => figuresOf(buildReport(await readSources(file)))

const isOfRates = ({kind}: Figure) => kind === 'lines'

await runWhenStarted(import.meta.url, async () => {
  const folder = join(root, 'docs/figures')
  await makeFolder(folder)
  for (const [name, text] of Object.entries(await docsFigures())) {
    await writeText(join(folder, name), text)
    printLine(`docs/figures/${name}`)
  }
})
