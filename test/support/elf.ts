import {readFileSync} from 'node:fs'
import {createRequire} from 'node:module'

/** A native library that is whole: onnxruntime's addon, which has a few hundred kB. */
export const elf = readFileSync(
  createRequire(import.meta.url)
    .resolve('onnxruntime-node')
    .replace(/dist.*/, `bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`),
)
