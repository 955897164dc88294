import {rm, writeFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {makeTemporaryFolder} from '../../base/files.ts'
import {escapeMarkup} from '../../base/text/markup.ts'
import {loadSharp} from '../../images/sharp.ts'

type Sharp = Awaited<ReturnType<typeof loadSharp>>

/** Renders SVG as PNG, with `scale` pixels for each pixel of the SVG. */
export type Rasterizer = (svg: string, scale: number) => Promise<Buffer>

/**
 * Opens a rasterizer with svft's own font, so that pictures are the same on a machine with other fonts or with none.
 *
 * @throws Fault 'failed' if sharp is not installed
 */
export async function openRasterizer(): Promise<Rasterizer> {
  loading ??= loadWithFont().catch(error => {
    loading = undefined
    throw error
  })
  const sharp = await loading
  return (svg, scale) =>
    sharp(Buffer.from(svg), {density: 72 * scale})
      .withDensity(96 * scale) // 96 pixels of an SVG are an inch
      .png()
      .toBuffer()
}

let loading: Promise<Sharp> | undefined

/** Loads sharp with svft's font. Its library reads the font configuration once in a process, when it draws the first text. */
async function loadWithFont(): Promise<Sharp> {
  const folder = await makeTemporaryFolder('fonts')
  const own = process.env.FONTCONFIG_FILE
  try {
    const fonts = escapeMarkup(dirname(fontFile()))
    const config = join(folder, 'fonts.conf')
    await writeFile(config, `<fontconfig><dir>${fonts}</dir><cachedir>${escapeMarkup(folder)}</cachedir></fontconfig>`)
    process.env.FONTCONFIG_FILE = config
    const sharp = await loadSharp()
    await sharp(Buffer.from(TEXT)).toBuffer()
    return sharp
  } finally {
    if (own === undefined) delete process.env.FONTCONFIG_FILE
    else process.env.FONTCONFIG_FILE = own
    await rm(folder, {recursive: true, force: true})
  }
}

const TEXT = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">a</text></svg>'

/** Inter, the font of all figures, so that they are the same on a machine with other fonts or with none. */
export const fontFile = (): string =>
  createRequire(import.meta.url).resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf')
