import {dirname, join} from 'node:path'
import {LOOKS} from '../../report/draw/look.ts'
import {paretoSpec} from '../../report/draw/pareto.ts'
import {openRasteriser} from '../../report/draw/png.ts'
import {svg} from '../../report/draw/svg.ts'
import {markdown} from '../../report/forms/markdown.ts'
import type {Report} from '../../report/report.ts'
import {makeFolder, writeWhole} from '../../weights/files.ts'

/** Pixels of a PNG for each of a figure's: twice as fine as a screen's, and 300 to the inch in print. */
const SCALES = {light: 2, dark: 2, print: 3.125}

/** Writes a report below `folder`; answers the files' paths. @throws Fault 'io' */
export async function writeReport(report: Report, folder: string): Promise<string[]> {
  const files: string[] = []
  const write = async (name: string, bytes: Uint8Array) => {
    const file = join(folder, name)
    await makeFolder(dirname(file))
    await writeWhole(file, append => append(bytes))
    files.push(file)
  }
  await write('report.md', Buffer.from(markdown(report)))
  const rasteriser = await openRasteriser()
  try {
    for (const figure of report.sections.flatMap(({figures}) => figures)) {
      for (const look of Object.values(LOOKS)) {
        const drawn = await svg(paretoSpec(figure, look))
        const name = `figures/${figure.id}${look.name === 'light' ? '' : `-${look.name}`}`
        await write(`${name}.svg`, Buffer.from(drawn))
        await write(`${name}.png`, await rasteriser.png(drawn, SCALES[look.name]))
      }
    }
  } finally {
    await rasteriser.close()
  }
  return files
}
