import {join} from 'node:path'
import {unpackWheel} from '../pypi.ts'

/**
 * Versions and the sha256 of their files. One addon works with all versions from 2.12 to 2.21. 2.15.1 passes every kernel
 * test of TensorFlow.js, and 2.18.1 is the first whose CUDA kernels are built for compute capability 9.0.
 */
const WHEELS = {
  cpu: {
    name: 'tensorflow-cpu',
    file: 'tensorflow_cpu-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
  },
  gpu: {
    name: 'tensorflow',
    file: 'tensorflow-2.18.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    sha256: 'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828',
  },
} as const

/** The two libraries, and the headers that the addon is compiled with. */
const KEPT =
  /^tensorflow\/(libtensorflow_(cc|framework)\.so\.2|include\/(tensorflow\/c\/([^/]+|eager\/c_api)\.h|(tensorflow\/core|tensorflow\/tsl|tsl|xla\/tsl)\/(platform\/ctstring\w*|c\/\w+)\.h))$/

/**
 * Downloads TensorFlow's Python package and unpacks its C library and headers to `deps/tensorflow` of an npm package.
 * Returns that folder, which is written completely or not at all.
 */
export async function unpackTensorflow(
  packageFolder: string,
  {gpu, printLine}: {readonly gpu: boolean; readonly printLine: (text: string) => void},
): Promise<string> {
  const out = join(packageFolder, 'deps', 'tensorflow')
  await unpackWheel(WHEELS[gpu ? 'gpu' : 'cpu'], {
    folder: 'tensorflow',
    wanted: name => KEPT.test(name),
    out,
    printLine,
  })
  return out
}
