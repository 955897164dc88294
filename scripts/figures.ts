// npm run figures: the figures of the docs, docs/figures/*.svg, light and dark, from results/reference/*-mini.csv.
import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {makeFolder, writeAtomically} from '../src/base/files.ts'
import {referenceFolder} from '../src/base/folders.ts'
import {specOf} from '../src/report/draw/figure.ts'
import {LOOKS} from '../src/report/draw/look.ts'
import {renderSvg} from '../src/report/draw/svg.ts'
import {gather} from '../src/report/gather/gather.ts'
import {buildReport} from '../src/report/report.ts'
import {printLine, runWhenStarted} from './start.ts'

const root = join(import.meta.dirname, '..')

/** Draws every figure of the mini suites' reference rows, by file name. */
export async function docsFigures(): Promise<Record<string, string>> {
  const results = referenceFolder()
  const files = (await readdir(results)).filter(name => name.endsWith('-mini.csv')).sort()
  const figures: Record<string, string> = {}
  for (const name of files) {
    const {sections} = buildReport(await gather(join(results, name)))
    for (const figure of sections.flatMap(({figures}) => figures)) {
      figures[`${figure.id}.svg`] = await renderSvg(specOf(figure, LOOKS.light))
      figures[`${figure.id}-dark.svg`] = await renderSvg(specOf(figure, LOOKS.dark))
    }
  }
  return figures
}

await runWhenStarted(import.meta.url, async () => {
  const folder = join(root, 'docs/figures')
  await makeFolder(folder)
  for (const [name, text] of Object.entries(await docsFigures())) {
    await writeAtomically(join(folder, name), append => append(Buffer.from(text)))
    printLine(`docs/figures/${name}`)
  }
})
