import {openOpenVino} from '../../src/engine/openvino/openvino.ts'

export {cosine, relativeL2} from '../../scripts/parity/measure.ts'

export const OPENVINO = await openOpenVino({threads: 1})
