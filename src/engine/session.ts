import {existsSync} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {InferenceSession, type SessionOptions as LibraryOptions} from './onnxruntime.ts'
import type {Device} from './program.ts'

export interface OpenSessionOptions {
  readonly device: Device
  readonly threads: number
  readonly prepack?: boolean
  /** Whether some sizes change from run to run. */
  readonly free?: boolean
  /** What the model names and does not hold. */
  readonly besides?: readonly {readonly path: string; readonly data: Uint8Array}[]
}

/**
 * A model opened by onnxruntime on one device. Fault: the device, or what it needs, is not here, or it has no kernel
 * for some node.
 */
export async function openSession(
  model: Uint8Array,
  {device, threads, prepack, free = false, besides = []}: OpenSessionOptions,
) {
  if (device === 'cuda') requireCuda()
  const options: LibraryOptions = {
    executionProviders: device === 'cpu' ? ['cpu'] : [{name: device, ...settings(device, free)}],
    logSeverityLevel: device === 'cpu' ? 3 : 4, // what goes wrong with a device is told once, by the fault
    intraOpNumThreads: threads,
    externalData: besides,
    // the order of nodes is ours, and no pass folds mapped weights into copies; but what is repacked is copied anyway
    graphOptimizationLevel: prepack ? 'basic' : 'disabled',
    enableMemPattern: false, // plans one arena of the peak size of every tensor: a third more memory
    extra: {
      session: {
        disable_prepacking: prepack ? '0' : '1',
        set_denormal_as_zero: '1',
        model_external_initializers_file_folder_path: '/',
        ...(device === 'webgpu' ? {disable_cpu_ep_fallback: '1'} : {}), // copies to and fro would be silent, and slow
      },
    },
  }
  try {
    return await InferenceSession.create(model, options)
  } catch (error) {
    const says = device === 'cpu' ? undefined : missing(device, (error as Error).message)
    throw says ? new Fault('failed', says, {cause: error}) : error
  }
}

/** Whether a device's kernels are all there, but for one that the model asks for. */
export const lacksKernel = (error: unknown) =>
  error instanceof Error && /assigned to the default CPU EP/.test(error.message)

const settings = (device: Device, free: boolean) =>
  // where shapes are fixed, every buffer finds its like
  device === 'webgpu' ? {storageBufferCacheMode: free ? 'bucket' : 'simple'} : {}

/** onnxruntime loads CUDA's part from beside its own library, where its npm package does not put it. Fault: it is not there. */
export function requireCuda(): void {
  const folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const library = 'libonnxruntime_providers_cuda.so'
  const {platform, arch} = process
  if (platform !== 'linux' || arch !== 'x64')
    throw new Fault('failed', `device cuda: onnxruntime has it for linux x64 only, not for ${platform} ${arch}`)
  if (existsSync(join(folder, `bin/napi-v6/linux/x64/${library}`))) return
  throw new Fault(
    'failed',
    `device cuda: ${library} is not installed; run: ONNXRUNTIME_NODE_INSTALL=cuda12 node ${folder}/script/install.js ` +
      '(it needs the libraries of CUDA 12 and cuDNN 9), or choose another device: webgpu, cpu',
  )
}

/** What a device's error is about, and its mend. */
function missing(device: 'webgpu' | 'cuda', message: string): string | undefined {
  const first = message
    .trim()
    .split('\n')[0]
    .replace(/^.*?was false\. /, '')
  if (device === 'webgpu' && /adapter|WebGpuContext|wgpu/i.test(message))
    return (
      'device webgpu: no GPU that onnxruntime can use: ' +
      `${first}; install the GPU's Vulkan driver, or Mesa 24 or newer (mesa-vulkan-drivers, libvulkan1); or choose device: cpu`
    )
  if (device === 'cuda' && /cuda|cudnn|cublas|load|provider/i.test(message)) {
    const library = /(lib\w+\.so[.\d]*): cannot open/.exec(message)?.[1]
    return (
      `device cuda: ${library ? `${library} is not installed` : first}; it needs an NVIDIA driver, and the libraries ` +
      'of CUDA 12 and cuDNN 9 on LD_LIBRARY_PATH; or choose another device: webgpu, cpu'
    )
  }
  return undefined
}
