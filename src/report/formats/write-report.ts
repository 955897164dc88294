import {dirname, join} from 'node:path'
import {setImmediate} from 'node:timers/promises'
import {makeFolder, writeBytes} from '../../base/files.ts'
import {drawFigure} from '../draw/figure.ts'
import {openRasterizer} from '../draw/png.ts'
import {renderSvg} from '../draw/svg.ts'
import {reportPage, summaryPage} from '../page/page.ts'
import {figuresOf, type ReportContent} from '../report.ts'
import {reportCsvFiles} from './csv.ts'
import {reportJson} from './json.ts'
import {reportLatex} from './latex.ts'
import {reportMarkdown, summaryMarkdown} from './markdown.ts'

/** PNG pixels per pixel of a figure: 2 for screens, and 300 per inch in print. */
const SCALES = [
  ['light', 2],
  ['dark', 2],
  ['print', 3.125],
] as const

/** Writes a report into `folder` and returns the paths of its files. @throws Fault 'io' */
export async function writeReport(report: ReportContent, folder: string): Promise<string[]> {
  const write = async (name: string, bytes: Uint8Array) => {
    const file = join(folder, name)
    await makeFolder(dirname(file))
    await writeBytes(file, bytes)
    return file
  }
  const figures = figuresOf(report).map(drawFigure)
  const texts = {
    'report.md': reportMarkdown(report),
    'report.html': await reportPage(report, figures),
    'summary.html': await summaryPage(report),
    'summary.md': summaryMarkdown(report),
    'report.json': reportJson(report),
    'tables.tex': reportLatex(report),
    ...reportCsvFiles(report),
  }
  const rasterizer = await openRasterizer()
  const written: Promise<string>[] = []
  const begin = (writing: Promise<string>) => {
    writing.catch(() => {}) // thrown below, when everything has begun
    written.push(writing)
  }
  try {
    for (const [name, text] of Object.entries(texts)) begin(write(name, Buffer.from(text)))
    for (const {id, specs} of figures) {
      for (const [look, scale] of SCALES) {
        const name = `figures/${id}${look === 'light' ? '' : `-${look}`}`
        const text = await renderSvg(specs[look])
        begin(write(`${name}.svg`, Buffer.from(text)))
        begin(rasterizer.png(text, scale).then(bytes => write(`${name}.png`, bytes)))
        await setImmediate() // lets files and pixels go on while the next figure is drawn
      }
    }
    return await Promise.all(written)
  } finally {
    await Promise.allSettled(written)
    await rasterizer.close()
  }
}
