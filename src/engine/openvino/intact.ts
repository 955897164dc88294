import {Fault} from '../../base/fault.ts'
import {findDamage} from '../../base/published-folder.ts'
import {type OpenVinoLibrary, type OpenVinoSearch, requireOpenVino} from './library.ts'

/**
 * The OpenVINO to load. If svft has installed it, its files are compared with their checksums, which takes 0.1 s: a damaged library
 * may end the process, or compute something else.
 *
 * @throws Fault 'failed' with the reason and the command that installs it, if there is none or it is damaged
 */
export async function requireIntactOpenVino(search?: OpenVinoSearch): Promise<OpenVinoLibrary> {
  const found = requireOpenVino(search)
  const damage = found.origin === 'cache' ? await findDamage(found.folder) : undefined
  if (damage === undefined) return found
  throw new Fault('failed', `engine openvino: ${damage.message}; run: svft engine install openvino`, {cause: damage})
}
