import {homedir} from 'node:os'
import {isAbsolute, join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'

/** The folder of files that can be computed again: SVFT_CACHE, or svft below the user's cache folder. Empty variables are unset. */
export const cacheFolder = () => resolve(process.env.SVFT_CACHE || join(userCacheFolder(), 'svft'))

/** XDG_CACHE_HOME, which counts only if it is absolute (XDG Base Directory Specification), or ~/.cache. */
function userCacheFolder(): string {
  const {XDG_CACHE_HOME = ''} = process.env
  return isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache')
}

/** Singular value decompositions by the sha256 of their weight. */
export const factorsFolder = () => join(cacheFolder(), 'factors')

/** Frozen tensors that all modules of a method share, by their hash. */
export const sharedFolder = () => join(cacheFolder(), 'shared')

/** Folders of links to related files of the hub. */
export const viewsFolder = () => join(cacheFolder(), 'views')

/** Embeddings with a row for an added token, by the sha256 of the embedding without it. */
export const resizedFolder = () => join(cacheFolder(), 'resized')

/** Prepared images by their hash and size. */
export const pixelsFolder = () => join(cacheFolder(), 'pixels')

/** One folder for each version of OpenVINO that svft has installed. */
export const openVinoFolder = () => join(cacheFolder(), 'openvino')

/** Models that OpenVINO has compiled, in its own format. */
export const programsFolder = () => join(cacheFolder(), 'programs')

/** Python packages while they are downloaded and unpacked. */
export const wheelsFolder = () => join(cacheFolder(), 'wheels')

/** One folder a run, below the working folder. */
export const runsFolder = () => join(process.cwd(), 'runs')

/** Tables derived from the rows of finished runs. */
export const resultsFolder = () => join(process.cwd(), 'results')

/** The committed rows that ship with svft; nothing writes there. */
export const referenceFolder = () => fileURLToPath(new URL('../../results/reference', import.meta.url))
