import {dirname, join} from 'node:path'
import {specOf} from '../../report/draw/figure.ts'
import {LOOKS} from '../../report/draw/look.ts'
import {openRasteriser} from '../../report/draw/png.ts'
import {svg} from '../../report/draw/svg.ts'
import {csvFiles} from '../../report/forms/csv.ts'
import {json} from '../../report/forms/json.ts'
import {latex} from '../../report/forms/latex.ts'
import {markdown} from '../../report/forms/markdown.ts'
import {page} from '../../report/page/page.ts'
import type {Report} from '../../report/report.ts'
import {makeFolder, writeWhole} from '../../weights/files.ts'

/** Pixels of a PNG for each of a figure's: twice as fine as a screen's, and 300 to the inch in print. */
const SCALES = {light: 2, dark: 2, print: 3.125}

/** Writes a report below `folder`; answers the files' paths. @throws Fault 'io' */
export async function writeReport(report: Report, folder: string): Promise<string[]> {
  const write = async (name: string, bytes: Uint8Array) => {
    const file = join(folder, name)
    await makeFolder(dirname(file))
    await writeWhole(file, append => append(bytes))
    return file
  }
  const texts = {
    'report.md': markdown(report),
    'report.html': await page(report),
    'report.json': json(report),
    'tables.tex': latex(report),
    ...csvFiles(report),
  }
  const files: string[] = []
  for (const [name, text] of Object.entries(texts)) files.push(await write(name, Buffer.from(text)))
  const rasteriser = await openRasteriser()
  try {
    for (const figure of report.sections.flatMap(({figures}) => figures)) {
      const drawn: {readonly name: string; readonly text: string; readonly scale: number}[] = []
      for (const look of Object.values(LOOKS)) {
        const name = `figures/${figure.id}${look.name === 'light' ? '' : `-${look.name}`}`
        drawn.push({name, text: await svg(specOf(figure, look)), scale: SCALES[look.name]})
      }
      const written = drawn.flatMap(({name, text, scale}) => [
        write(`${name}.svg`, Buffer.from(text)),
        rasteriser.png(text, scale).then(bytes => write(`${name}.png`, bytes)),
      ])
      files.push(...(await Promise.all(written)))
    }
  } finally {
    await rasteriser.close()
  }
  return files
}
