import {join} from 'node:path'
import {setImmediate} from 'node:timers/promises'
import {makeFolder, writeBytes} from '../../base/files.ts'
import type {DrawnFigure} from '../draw/figure.ts'
import {openRasterizer} from '../draw/png.ts'
import {renderSvg} from '../draw/svg.ts'

/** PNG pixels per pixel of a figure: 2 for screens, and 300 per inch in print. */
const SCALES = {light: 2, dark: 2, print: 3.125}

export interface WriteFiguresOptions {
  readonly looks?: readonly (keyof typeof SCALES)[]
  /** Gets the number of figures that are drawn. */
  readonly onProgress?: ((done: number) => void) | undefined
}

/** Writes figures into `folder`, as SVG and PNG in each look, and returns the paths of the files. @throws Fault 'io' or 'failed' */
export async function writeFigures(
  figures: readonly DrawnFigure[],
  folder: string,
  {looks = ['light', 'dark', 'print'], onProgress = () => {}}: WriteFiguresOptions = {},
): Promise<string[]> {
  if (figures.length === 0) return []
  await makeFolder(folder)
  const png = await openRasterizer()
  const written: Promise<string>[] = []
  const begin = (name: string, bytes: Promise<Uint8Array>) => {
    const file = join(folder, name)
    const writing = bytes.then(bytes => writeBytes(file, bytes)).then(() => file)
    writing.catch(() => {}) // thrown below, when everything has begun
    written.push(writing)
  }
  try {
    for (const [i, {id, specs}] of figures.entries()) {
      for (const look of looks) {
        const name = `${id}${look === 'light' ? '' : `-${look}`}`
        const svg = await renderSvg(specs[look])
        begin(`${name}.svg`, Promise.resolve(Buffer.from(svg)))
        begin(`${name}.png`, png(svg, SCALES[look]))
        await setImmediate() // lets files and pixels go on while the next figure is drawn
      }
      onProgress(i + 1)
    }
    return await Promise.all(written)
  } finally {
    await Promise.allSettled(written)
  }
}
