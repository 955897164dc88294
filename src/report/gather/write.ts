import {dirname, join} from 'node:path'
import {setImmediate} from 'node:timers/promises'
import {makeFolder, writeWhole} from '../../base/files.ts'
import {drawn} from '../draw/figure.ts'
import {openRasteriser} from '../draw/png.ts'
import {svg} from '../draw/svg.ts'
import {csvFiles} from '../forms/csv.ts'
import {json} from '../forms/json.ts'
import {latex} from '../forms/latex.ts'
import {markdown} from '../forms/markdown.ts'
import {page} from '../page/page.ts'
import {figuresOf, type ReportContent} from '../report.ts'

/** Pixels of a PNG for each of a figure's: twice as fine as a screen's, and 300 to the inch in print. */
const SCALES = {light: 2, dark: 2, print: 3.125}
const LOOK_NAMES = ['light', 'dark', 'print'] as const

/** Writes a report below `folder`; answers the files' paths. @throws Fault 'io' */
export async function writeReport(report: ReportContent, folder: string): Promise<string[]> {
  const write = async (name: string, bytes: Uint8Array) => {
    const file = join(folder, name)
    await makeFolder(dirname(file))
    await writeWhole(file, append => append(bytes))
    return file
  }
  const figures = figuresOf(report).map(drawn)
  const texts = {
    'report.md': markdown(report),
    'report.html': await page(report, figures),
    'report.json': json(report),
    'tables.tex': latex(report),
    ...csvFiles(report),
  }
  const rasteriser = await openRasteriser()
  const written: Promise<string>[] = []
  const begin = (writing: Promise<string>) => {
    writing.catch(() => {}) // told below, when everything has begun
    written.push(writing)
  }
  try {
    for (const [name, text] of Object.entries(texts)) begin(write(name, Buffer.from(text)))
    for (const {id, specs} of figures) {
      for (const look of LOOK_NAMES) {
        const name = `figures/${id}${look === 'light' ? '' : `-${look}`}`
        const text = await svg(specs[look])
        begin(write(`${name}.svg`, Buffer.from(text)))
        begin(rasteriser.png(text, SCALES[look]).then(bytes => write(`${name}.png`, bytes)))
        await setImmediate() // files and pixels go on while the next is drawn
      }
    }
    return await Promise.all(written)
  } finally {
    await Promise.allSettled(written)
    await rasteriser.close()
  }
}
