import {rm, writeFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {makeTemporaryFolder} from '../../base/files.ts'
import {escapeMarkup} from '../../base/text/markup.ts'

/** Renders SVG as PNG, with `scale` pixels for each pixel of the SVG. */
export interface Rasterizer {
  png(svg: string, scale: number): Promise<Buffer>
  close(): Promise<void>
}

/**
 * Opens a rasterizer with svft's own font, so that pictures are the same on a machine with other fonts or with none. The
 * library reads the font configuration once, when it is loaded.
 */
export async function openRasterizer(): Promise<Rasterizer> {
  const folder = await makeTemporaryFolder('fonts')
  const fonts = dirname(fontFile())
  const config = join(folder, 'fonts.conf')
  await writeFile(
    config,
    `<fontconfig><dir>${escapeMarkup(fonts)}</dir><cachedir>${escapeMarkup(folder)}</cachedir></fontconfig>`,
  )
  process.env.FONTCONFIG_FILE = config
  const {default: sharp} = await import('sharp')
  return {
    png: (svg, scale) =>
      sharp(Buffer.from(svg), {density: 72 * scale})
        .withDensity(96 * scale) // 96 pixels of an SVG are an inch
        .png()
        .toBuffer(),
    close: () => rm(folder, {recursive: true, force: true}),
  }
}

/** Inter, the font of all figures, so that they are the same on a machine with other fonts or with none. */
export const fontFile = (): string =>
  createRequire(import.meta.url).resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf')
