import {createRequire} from 'node:module'
import {join} from 'node:path'
import {remove} from '../base/files.ts'
import {publishFolder} from '../base/published-folder.ts'
import {checkPackage, findPackage} from '../engine/tensorflow/package.ts'
import {compileAddon, requireCompiler} from './compile-addon.ts'
import {fetchWheel, type WheelRequest} from './fetch-wheel.ts'
import type {Installer} from './installer.ts'
import {unzip} from './unzip.ts'

/**
 * The native part of @tensorflow/tfjs-node-gpu (or @tensorflow/tfjs-node), whose own download svft does not run:
 * TensorFlow's libraries, unpacked from its Python package without Python, and the addon, compiled against them from the
 * package's own sources.
 */
export const tensorFlowInstaller: Installer = {
  name: 'tensorflow',
  flags: ['gpu', 'from'],
  unsupported() {
    const {platform, arch} = process
    return platform === 'linux' && arch === 'x64' ? undefined : `for linux x64 only, not ${platform} ${arch}`
  },
  find() {
    try {
      const {name, folder} = checkPackage()
      return {folder, origin: name}
    } catch {
      return undefined // not built, or damaged
    }
  },
  async install({gpu = false, from, signal, note, onBytes}) {
    const {folder} = findPackage(createRequire(import.meta.url))
    await requireCompiler()
    if (from !== undefined) return compileAddon(folder, {library: {folder: from, shared: true}, note})
    const libraries = join(folder, 'deps', 'tensorflow')
    const wheel = await fetchWheel(gpu ? GPU_WHEEL : CPU_WHEEL, {signal, onWait: note, onBytes})
    await publishFolder(libraries, temporary => unzip(wheel, {into: temporary, pathOf, signal}), {existing: 'replace'})
    await remove(wheel)
    await compileAddon(folder, {library: {folder: libraries, shared: false}, note})
  },
}

// One addon works with all versions from 2.12 to 2.21. 2.15.1 passes every kernel test of TensorFlow.js, and 2.18.1 is
// the first whose CUDA kernels are built for compute capability 9.0.

const CPU_WHEEL = wheel(
  'tensorflow-cpu',
  'tensorflow_cpu-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
  '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
)

const GPU_WHEEL = wheel(
  'tensorflow',
  'tensorflow-2.18.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
  'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828',
)

function wheel(project: string, file: string, sha256: string): WheelRequest {
  return {project, what: file, sha256, choose: files => files.find(({name}) => name === file)}
}

/** The two libraries, and the headers that the addon is compiled with. */
const FILES =
  /^tensorflow\/(libtensorflow_(?:cc|framework)\.so\.2|include\/(?:tensorflow\/c\/(?:[^/]+|eager\/c_api)\.h|(?:tensorflow\/core|tensorflow\/tsl|tsl|xla\/tsl)\/(?:platform\/ctstring\w*|c\/\w+)\.h))$/

const pathOf = (name: string) => FILES.exec(name)?.[1]
