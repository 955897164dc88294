import {join} from 'node:path'
import {compareText} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {remove} from '../base/files.ts'
import {openVinoFolder} from '../base/folders.ts'
import {publishFolder} from '../base/published-folder.ts'
import {inspectFolder, type OpenVinoLibrary, openVinoExclusion, surveyOpenVino} from '../engine/openvino/library.ts'
import {fetchWheel, type WheelRequest} from './fetch-wheel.ts'
import type {Installer} from './installer.ts'
import {unzip} from './unzip.ts'

const VERSION = '2026.4.1'

/** OpenVINO's libraries, its CPU plugin and its ONNX front end, unpacked from its Python package without Python. */
export const openVinoInstaller: Installer = {
  name: 'openvino',
  flags: [],
  unsupported: () => openVinoExclusion(),
  find() {
    const {library} = surveyOpenVino()
    return library && {version: library.version, folder: library.folder, origin: ORIGINS[library.origin]}
  },
  async install({signal, note, onBytes}) {
    refuseUnused(process.env.SVFT_OPENVINO)
    const wheel = await fetchWheel(WHEEL, {signal, onWait: note, onBytes})
    const target = join(openVinoFolder(), VERSION)
    const write = async (temporary: string) => {
      await unzip(wheel, {into: temporary, pathOf, signal})
      const found = inspectFolder(temporary)
      if (typeof found === 'object') return
      throw new Fault('input', `openvino: its package lacks what svft needs: ${found ?? 'there is no OpenVINO in it'}`)
    }
    await publishFolder(target, write, {existing: 'replace'})
    await remove(wheel)
  },
}

/** @throws Fault 'usage' if the variable names the OpenVINO to use, in place of one in the cache */
function refuseUnused(named?: string): void {
  if (!named) return
  throw new Fault(
    'usage',
    `SVFT_OPENVINO: ${named}: svft uses this OpenVINO, and would not use one that it installs; unset the variable`,
  )
}

const WHEEL: WheelRequest = {
  project: 'openvino',
  what: `openvino ${VERSION} for linux x64`,
  // the libraries are the same for every version of Python
  choose: files =>
    files.filter(({name, yanked}) => FILE.test(name) && !yanked).sort((a, b) => compareText(a.name, b.name))[0],
}

const FILE = new RegExp(
  `^openvino-${VERSION.replaceAll('.', '\\.')}-(?:\\d\\w*-)?cp\\w+-\\w+-manylinux\\w+_x86_64\\.whl$`,
)

/** The C library and the core, the CPU plugin, two front ends (models from a cache need IR), TBB and the licences. */
const LIBRARIES =
  /^openvino\/libs\/(libopenvino(?:_c|_intel_cpu_plugin|_(?:onnx|ir)_frontend)?\.so[.\d]*|libtbb(?:malloc|bind\w*)?\.so[.\d]*|libhwloc\.so[.\d]*)$/
const LICENCES = /^openvino-[^/]+\.dist-info\/(licenses\/.+)$/

const pathOf = (name: string) => (LIBRARIES.exec(name) ?? LICENCES.exec(name))?.[1]

const ORIGINS: Readonly<Record<OpenVinoLibrary['origin'], string>> = {
  SVFT_OPENVINO: 'SVFT_OPENVINO',
  cache: 'the cache of svft',
  python: 'a Python package',
  system: 'a library of the system',
  npm: 'the npm package openvino-node',
}
