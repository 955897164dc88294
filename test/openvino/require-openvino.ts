import {requireBf16} from '../../src/engine/openvino/instructions.ts'
import {requireOpenVino} from '../../src/engine/openvino/library.ts'

/** Ends the command with one line on a machine that cannot run these tests. */
export default function requireEngine(): void {
  try {
    requireBf16()
    const {version, folder} = requireOpenVino()
    process.env.SVFT_OPENVINO = folder // tests have caches of their own, where none is installed
    console.log(`OpenVINO ${version}, ${folder}`)
  } catch (error) {
    console.error((error as Error).message)
    process.exit(1)
  }
}
