import {existsSync} from 'node:fs'
import {mkdir, readdir, rename, rm} from 'node:fs/promises'
import {dirname, join, relative, resolve} from 'node:path'
import {execa} from 'execa'
import {Fault} from '../base/fault.ts'
import {makeTemporaryFolder} from '../base/files.ts'
import {readWhole} from '../base/read-file.ts'

export interface AddonOptions {
  /** The folder of libtensorflow; `shared` if it is not the package's own and is linked by its full path. */
  readonly library: {readonly folder: string; readonly shared: boolean}
  readonly note: (text: string) => void
}

const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']

/** Compiles the addon sources of an npm package against libtensorflow. */
export async function compileAddon(packageFolder: string, {library, note}: AddonOptions): Promise<void> {
  const libraries = resolve(library.folder)
  for (const name of LIBRARIES) {
    if (!existsSync(join(libraries, name)))
      throw new Fault('input', `${libraries}: has no ${name}, which TensorFlow has from 2.12 on`)
  }
  const {addon, napi} = await addonOf(packageFolder)
  const unfinished = `${addon}.${process.pid}.part`
  const scratch = await makeTemporaryFolder('addon')
  try {
    await mkdir(dirname(addon), {recursive: true})
    const start = performance.now()
    const path = library.shared ? libraries : `$ORIGIN/${relative(dirname(addon), libraries)}`
    await compile([
      '-std=c++17 -O2 -fPIC -shared -w'.split(' '),
      [`-DNAPI_VERSION=${napi}`, '-I', await nodeHeaders(scratch), '-I', join(libraries, 'include')],
      ['tfjs_backend.cc', 'tfjs_binding.cc'].map(source => join(packageFolder, 'binding', source)),
      ['-o', unfinished, '-L', libraries, ...LIBRARIES.map(name => `-l:${name}`), `-Wl,-rpath,${path}`],
      ['-Wl,-z,now'], // a wrong library then fails when it is loaded, and does not end the process later
    ])
    await rename(unfinished, addon)
    note(`addon compiled in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  } finally {
    await rm(unfinished, {force: true})
    await rm(scratch, {recursive: true})
  }
}

/** The addon's file in a package, and the version of Node-API that it uses. */
async function addonOf(packageFolder: string): Promise<{readonly addon: string; readonly napi: number}> {
  const {binary} = JSON.parse(Buffer.from(await readWhole(join(packageFolder, 'package.json'))).toString())
  const napi = Math.max(...binary.napi_versions.filter((version: number) => version <= Number(process.versions.napi)))
  const place = binary.module_path.replace('{napi_build_version}', napi)
  return {addon: join(packageFolder, place, `${binary.module_name}.node`), napi}
}

/** @throws Fault 'failed' if the C++ compiler, CXX or else g++, is not installed */
export const requireCompiler = () => compile([['--version']])

async function compile(words: readonly (readonly string[])[]): Promise<void> {
  const [name, ...own] = (process.env.CXX?.trim() || 'g++').split(/\s+/) // as make splits it
  const {exitCode, stderr, code} = await execa(name, [...own, ...words.flat()], {reject: false})
  if (code === 'ENOENT') throw new Fault('failed', `no C++ compiler: install g++ (${name} is not installed)`)
  if (exitCode !== 0) throw new Fault('failed', `${name} failed:\n${stderr || code}`)
}

/** The folder of node_api.h: Node's, or that of the package node-api-headers. */
async function nodeHeaders(scratch: string): Promise<string> {
  const own = resolve(process.execPath, '../../include/node')
  if (existsSync(join(own, 'node_api.h'))) return own
  const {exitCode, stderr} = await execa('npm', ['pack', 'node-api-headers@1.9.0', '--pack-destination', scratch], {
    reject: false,
  })
  const archive = (await readdir(scratch)).find(name => name.endsWith('.tgz'))
  if (exitCode !== 0 || !archive)
    throw new Fault('io', `node_api.h is not installed, and npm cannot download node-api-headers: ${stderr}`)
  const unpacked = await execa('tar', ['-xzf', archive], {cwd: scratch, reject: false})
  if (unpacked.failed)
    throw new Fault('io', `node-api-headers cannot be unpacked: ${unpacked.stderr || unpacked.originalMessage}`)
  return join(scratch, 'package/include')
}
