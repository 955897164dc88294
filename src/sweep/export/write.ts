import {existsSync} from 'node:fs'
import {homedir, hostname} from 'node:os'
import {join, relative, resolve} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {makeFolder, writeText} from '../../base/files.ts'
import {displayPath, isBelow} from '../../base/paths.ts'
import {escapeLine} from '../../base/printable.ts'
import {sha256} from '../../base/sha256.ts'
import {setWords} from '../../base/text/shell-words.ts'
import {parseAddress} from '../../recipes/file/hub-reference.ts'
import {dataPaths, modelPath} from '../../recipes/file/hub-sources.ts'
import {shippedPath, shipsWithSvft} from '../../recipes/file/shipped-recipes.ts'
import type {Cell} from '../cells.ts'
import {checkImage} from './check-image.ts'
import type {ExportStep, FormatOptions} from './format.ts'
import {k8s} from './k8s.ts'
import {shell} from './shell.ts'
import {skypilot} from './skypilot.ts'
import {snakemake} from './snakemake.ts'

export const FORMATS = {k8s, skypilot, snakemake, shell}

export type FormatName = keyof typeof FORMATS

/**
 * Writes the files with which another scheduler runs these cells, and returns their paths.
 *
 * @throws Fault 'usage' if one of them exists already, in which case none is written, if an image has no name that registries take,
 * or if a cell runs elsewhere and reads files outside of the working folder
 */
export async function writeExport(
  cells: readonly Cell[],
  {format, out, ...options}: {format: FormatName; out: string} & Pick<FormatOptions, 'workers' | 'image'>,
): Promise<readonly string[]> {
  if (options.image !== undefined) checkImage(options.image)
  if (FORMATS[format].runs === 'elsewhere') for (const cell of cells) checkInside(cell, format)
  const files = Object.entries(
    await FORMATS[format].files(stepsOf(cells), {name: nameOf(cells), owner: owner(), up: upFrom(out), ...options}),
  )
  const paths = files.map(([name]) => join(out, name))
  const existing = paths.find(path => existsSync(path))
  if (existing) throw new Fault('usage', `${existing}: already exists; move it away first`)
  await makeFolder(out)
  for (const [name, text] of files) await writeText(join(out, name), text)
  return paths
}

const stepsOf = (cells: readonly Cell[]): readonly ExportStep[] =>
  cells.map((cell, i) => ({
    cell,
    name: `${i}-${slug(cell.label)}`.slice(0, 40).replace(/-+$/, ''),
    words: ['run', fileWord(cell.file), '--yes', ...setWords(cell.set)], // nobody may be there to agree to a long run
  }))

/** Throws if a cell reads a file that is neither below the working folder nor part of svft. */
function checkInside({files, recipe}: Cell, format: FormatName): void {
  const read = [...files, ...[modelPath(recipe), ...dataPaths(recipe)].filter(path => !parseAddress(path))]
  const outside = read.find(path => !isBelow(path) && !shipsWithSvft(path))
  if (outside === undefined) return
  throw new Fault(
    'usage',
    `export ${format}: runs see svft's own recipes and what is below the folder in which svft export is called, and ` +
      `nothing else of this machine; call it in a folder that holds the recipes and what they read: ${escapeLine(outside)}`,
  )
}

/** A file as an argument that no program takes for a flag. */
function fileWord(file: string): string {
  const path = shippedPath(file) ?? displayPath(resolve(file))
  return path.startsWith('-') ? `./${path}` : path
}

const slug = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-')

/** A name that is equal for equal cells. */
const nameOf = (cells: readonly Cell[]) => `svft-${shortHash(cells.map(({recipe}) => recipe))}`

/** A hash, as a user may have no name in a container. */
const owner = () => shortHash([process.getuid?.(), homedir(), hostname()])

const shortHash = (value: unknown) => sha256(JSON.stringify(value)).slice(0, 8)

const upFrom = (out: string) => relative(resolve(out), process.cwd()) || '.'
