// Finds OpenVINO: the C library and, beside it, the CPU plugin and two front ends. No process is started and nothing
// is loaded, so this is quick, and a library that would end the process is left out.
import {existsSync, readdirSync, realpathSync} from 'node:fs'
import {homedir} from 'node:os'
import {basename, delimiter, dirname, isAbsolute, join, resolve} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {openVinoFolder} from '../../base/folders.ts'
import {isTruncatedElf} from '../../base/native/elf.ts'

export interface OpenVinoLibrary {
  /** The folder of the libraries. */
  readonly folder: string
  /** The path of the C library. */
  readonly library: string
  readonly version: string
  readonly origin: 'SVFT_OPENVINO' | 'cache' | 'python' | 'system' | 'npm'
}

/** The first version whose C library compiles models with properties as an array, not as variable arguments. */
const FIRST_VERSION = '2026.4.0'

/** Where to search; tests search elsewhere. */
export interface OpenVinoSearch {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The root of the file system. */
  readonly root?: string
  readonly home?: string
}

/** The OpenVINO to load. @throws Fault 'failed' with the reason and the command that installs it, if there is none */
export function requireOpenVino(search?: OpenVinoSearch): OpenVinoLibrary {
  const reason = openVinoExclusion(search?.env)
  if (reason) throw new Fault('failed', `engine openvino: ${reason}`, {absent: true})
  const {library, skipped} = surveyOpenVino(search)
  if (library) return library
  const why = skipped.length > 0 ? ` (${skipped.join(', ')})` : ''
  throw new Fault('failed', `engine openvino: OpenVINO is not installed${why}; run: svft engine install openvino`, {
    absent: true,
  })
}

/** The reason why no OpenVINO would be used here, wherever it is installed. */
export const openVinoExclusion = (env: OpenVinoSearch['env'] = process.env): string | undefined =>
  openVinoPlatformFault() ?? (env.SVFT_OPENVINO === OFF ? EXPLAINED_OFF : undefined)

/** The value of SVFT_OPENVINO that hides every OpenVINO. */
const OFF = 'none'
const EXPLAINED_OFF = `SVFT_OPENVINO=${OFF} turns OpenVINO off; unset the variable, or set it to a folder with OpenVINO`

/** The reason why this engine does not support this machine; undefined on linux x64. */
export function openVinoPlatformFault({
  platform,
  arch,
}: {
  platform: string
  arch: string
} = process): string | undefined {
  if (platform === 'linux' && arch === 'x64') return undefined
  return `for linux x64 only, not ${platform} ${arch}; choose engine: onnx, device: cpu or webgpu`
}

/**
 * The first usable OpenVINO of the locations in `SOURCES`, and those found before it with the reason why each is not used.
 *
 * @throws Fault 'usage' if SVFT_OPENVINO names a folder without one
 */
export function surveyOpenVino({env = process.env, root = '/', home = homedir()}: OpenVinoSearch = {}): {
  readonly library?: OpenVinoLibrary
  readonly skipped: readonly string[]
} {
  const skipped: string[] = []
  if (openVinoExclusion(env)) return {skipped}
  const named = env.SVFT_OPENVINO
  if (named) {
    const found = inspectFolder(resolve(named)) ?? (existsSync(named) ? 'a folder without OpenVINO' : 'no such folder')
    if (typeof found === 'string') {
      const advice = 'set the variable to the folder of libopenvino_c.so, or unset it'
      throw new Fault('usage', `SVFT_OPENVINO: ${named}: ${found}; ${advice}`)
    }
    return {library: {...found, origin: 'SVFT_OPENVINO'}, skipped}
  }
  for (const {origin, folders} of SOURCES) {
    for (const folder of folders({env, root, home})) {
      const found = inspectFolder(folder)
      if (typeof found === 'object') return {library: {...found, origin}, skipped}
      if (found) skipped.push(`${folder}: ${found}`)
    }
  }
  return {skipped}
}

interface LibrarySource {
  readonly origin: OpenVinoLibrary['origin']
  readonly folders: (search: Required<OpenVinoSearch>) => readonly string[]
}

const SOURCES: readonly LibrarySource[] = [
  {origin: 'cache', folders: () => expand(openVinoFolder(), '*')},
  {
    origin: 'python',
    folders: ({env, root, home}) =>
      [
        ...prefixes(env.VIRTUAL_ENV, env.CONDA_PREFIX),
        ...pythonPrefixes(env.PATH),
        ...prefixes(env.PYENV_ROOT || join(home, '.pyenv')).flatMap(folder => expand(folder, 'versions', '*')),
        ...prefixes(join(home, '.local')),
        join(root, 'usr/local'),
        join(root, 'usr'),
      ].flatMap(prefix => expand(prefix, 'lib', 'python3*', '*-packages', 'openvino', 'libs')),
  },
  {
    origin: 'system',
    folders: ({env, root}) => [
      ...absolutes(env.LD_LIBRARY_PATH),
      ...prefixes(env.INTEL_OPENVINO_DIR).map(folder => join(folder, 'runtime/lib/intel64')),
      ...prefixes(env.CONDA_PREFIX).map(folder => join(folder, 'lib')),
      ...['usr/local/lib', 'usr/lib/x86_64-linux-gnu', 'usr/lib64', 'usr/lib'].map(folder => join(root, folder)),
      ...expand(join(root, 'opt/intel'), 'openvino*', 'runtime', 'lib', 'intel64'),
    ],
  },
  {
    origin: 'npm', // beside svft; never in the working folder, which may be anybody's
    folders: () =>
      ancestors(import.meta.dirname).flatMap(folder => expand(folder, 'node_modules', 'openvino-node', 'bin')),
  },
]

/** The absolute ones of some folders: others are relative to the working folder, which may be anybody's. */
const prefixes = (...folders: readonly (string | undefined)[]): string[] =>
  folders.flatMap(folder => (folder && isAbsolute(folder) ? folder : []))

/** The absolute folders of a search path. */
const absolutes = (path = ''): string[] => prefixes(...path.split(delimiter))

/** The prefixes of the Pythons on the path: of `/opt/python/bin/python3`, `/opt/python`. */
function pythonPrefixes(path?: string): string[] {
  const found = absolutes(path).flatMap(folder => {
    try {
      return [dirname(dirname(realpathSync(join(folder, 'python3'))))]
    } catch {
      return [] // no Python here
    }
  })
  return [...new Set(found)]
}

const ancestors = (folder: string): string[] =>
  dirname(folder) === folder ? [folder] : [folder, ...ancestors(dirname(folder))]

/** The existing paths below a folder whose parts match, a part with one `*` in it several ones, the newest first. */
function expand(folder: string, ...parts: readonly string[]): string[] {
  const [part, ...rest] = parts
  if (part === undefined) return existsSync(folder) ? [folder] : []
  if (!part.includes('*')) return expand(join(folder, part), ...rest)
  const [start, end] = part.split('*')
  const names = namesIn(folder).filter(name => !name.startsWith('.') && name.startsWith(start) && name.endsWith(end))
  return names
    .sort(compareVersions)
    .reverse()
    .flatMap(name => expand(join(folder, name), ...rest))
}

/** The OpenVINO in a folder; the reason why it cannot be used; undefined if there is none. */
export function inspectFolder(folder: string): Omit<OpenVinoLibrary, 'origin'> | string | undefined {
  try {
    return inspect(folder, namesIn(folder))
  } catch (error) {
    return `an OpenVINO that cannot be read (${(error as NodeJS.ErrnoException).code})`
  }
}

function inspect(folder: string, names: readonly string[]): ReturnType<typeof inspectFolder> {
  const named = (pattern: RegExp) => names.filter(name => pattern.test(name)).map(name => join(folder, name))
  const core = named(/^libopenvino\.so(\.[\d.]+)?$/)
  const interfaces = named(/^libopenvino_c\.so(\.[\d.]+)?$/).map(library => ({library, version: versionOf(library)}))
  if (core.length + interfaces.length === 0) return undefined
  const newest = interfaces.sort((a, b) => compareVersions(a.version, b.version)).at(-1)
  if (!newest) return 'OpenVINO without its C library'
  const {library, version} = newest
  if (version === UNKNOWN) return 'OpenVINO of an unknown version'
  if (compareVersions(version, FIRST_VERSION) < 0) return `OpenVINO ${version}, older than ${FIRST_VERSION}`
  const [plugin] = ['.', `openvino-${version}`]
    .map(below => join(folder, below, 'libopenvino_intel_cpu_plugin.so'))
    .filter(path => existsSync(path))
  if (!plugin) return `OpenVINO ${version} without its CPU plugin`
  const missing = FRONT_ENDS.find(name => named(new RegExp(`^libopenvino_${name}_frontend\\.so`)).length === 0)
  if (missing) return `OpenVINO ${version} without its ${missing.toUpperCase()} front end`
  const libraries = named(LOADED).filter(path => existsSync(path)) // a link may be dangling
  const damaged = [plugin, ...libraries].find(isTruncatedElf)
  return damaged === undefined ? {folder, library, version} : `${basename(damaged)} of OpenVINO ${version} is truncated`
}

/** The formats of the models that svft builds and of cached programs. */
const FRONT_ENDS = ['onnx', 'ir']

/** The names of the libraries that OpenVINO loads, besides its plugins; others may be scripts of a linker. */
const LOADED = /^lib(openvino(_c|_(onnx|ir)_frontend)?\.so|(tbb|hwloc)\w*\.so\.\d)/

const UNKNOWN = '0'

/** The version by the name of the file that a library's links lead to: `….so.2641` is 2026.4.1, as `….so.2026.4.1`. */
function versionOf(library: string): string {
  const name = basename(realpathSync(library))
  const [, year, release, patch] = /\.so\.(?:20)?(\d\d)\.?(\d)\.?(\d)$/.exec(name) ?? []
  return year === undefined ? UNKNOWN : `20${year}.${release}.${patch}`
}

const compareVersions = (a: string, b: string) => a.localeCompare(b, 'en', {numeric: true})

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // missing, or no folder
  }
}
