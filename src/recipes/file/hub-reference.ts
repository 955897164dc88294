import {isPattern} from '../../base/glob.ts'
import {type HubReference, isInside, isRepository, isRevision} from '../../hub/names.ts'

// In a recipe that was read, a source is one text: a path, or an address on the hub as fsspec writes it, like
// hf://google/gemma-2b@main, hf://datasets/openai/gsm8k@<commit>/main/test-*.parquet

/** A model, or a dataset's file or files. */
export interface HubSource extends HubReference {
  /** The dataset's path in the repository, or a pattern of paths. */
  readonly file?: string
}

export const isAddress = (path: string) => path.startsWith(SCHEME)

export function formatAddress({kind, name, revision, file}: HubSource): string {
  const repository = `${kind === 'model' ? '' : 'datasets/'}${name}@${encodeURIComponent(revision)}`
  return `${SCHEME}${repository}${file === undefined ? '' : `/${file}`}`
}

/** Parses an address of the hub; undefined if a text is none. */
export function parseAddress(address: string): HubSource | undefined {
  const [, datasets, name, encoded, file] = ADDRESS.exec(address) ?? []
  if (name === undefined) return undefined
  const revision = encoded.replaceAll('%2F', '/')
  if (!isRepository(name) || !isRevision(revision)) return undefined
  if (datasets === undefined) return file === undefined ? {kind: 'model', name, revision} : undefined
  return file !== undefined && isInside(file) ? {kind: 'dataset', name, revision, file} : undefined
}

/** The part of a pattern before its first wild card, up to a slash: `data/` of `data/train-*.parquet`. */
export const fixedFolder = (pattern: string) =>
  isPattern(pattern) ? pattern.slice(0, pattern.slice(0, pattern.search(/[*?]/)).lastIndexOf('/') + 1) : ''

const SCHEME = 'hf://'
const ADDRESS = /^hf:\/\/(datasets\/)?([^/@]+\/[^/@]+)@([^/]+)(?:\/(.+))?$/
