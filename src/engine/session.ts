import {existsSync} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {type SessionOptions as LibraryOptions, onnxruntime} from './onnxruntime.ts'
import type {Device} from './program.ts'

export interface OpenSessionOptions {
  readonly device: Device
  readonly threads: number
  readonly prepack?: boolean
  /** Whether dimensions change from run to run. */
  readonly dynamic?: boolean
  /** Weights in memory that the model only refers to. */
  readonly externalData?: readonly {readonly path: string; readonly data: Uint8Array}[]
}

/**
 * Opens a model with onnxruntime on one device.
 *
 * @throws Fault 'failed' if the device or one of its libraries is missing, or if it has no kernel for a node
 */
export async function openSession(
  model: Uint8Array,
  {device, threads, prepack, dynamic = false, externalData = []}: OpenSessionOptions,
) {
  if (device === 'cuda') requireCuda()
  // a fallback to the CPU would copy to and fro, silently and slowly
  const fallback = device === 'webgpu' ? {disable_cpu_ep_fallback: '1'} : {}
  const options: LibraryOptions = {
    executionProviders: device === 'cpu' ? ['cpu'] : [{name: device, ...providerOptions(device, dynamic)}],
    logSeverityLevel: device === 'cpu' ? 3 : 4, // errors of a device are reported once, by the fault
    intraOpNumThreads: threads,
    externalData,
    // keeps the order of nodes, and no pass folds mapped weights into copies; prepacked weights are copied anyway
    graphOptimizationLevel: prepack ? 'basic' : 'disabled',
    enableMemPattern: false, // plans one arena of the peak size of every tensor: a third more memory
    extra: {
      session: {
        disable_prepacking: prepack ? '0' : '1',
        set_denormal_as_zero: '1',
        model_external_initializers_file_folder_path: '/',
        ...fallback,
      },
    },
  }
  try {
    return await onnxruntime().InferenceSession.create(model, options)
  } catch (error) {
    throw device === 'cpu' ? error : deviceFault(device, error as Error)
  }
}

/** Whether an error says that the device has no kernel for a node of the model. */
export const lacksKernel = (error: unknown) =>
  error instanceof Error && /assigned to the default CPU EP/.test(error.message)

const providerOptions = (device: Device, dynamic: boolean) =>
  // with fixed shapes, every freed buffer fits a later one
  device === 'webgpu' ? {storageBufferCacheMode: dynamic ? 'bucket' : 'simple'} : {}

/**
 * Checks for onnxruntime's CUDA library, which it loads from the folder of its own library; its npm package lacks it.
 *
 * @throws Fault 'failed' if it is not there
 */
export function requireCuda(): void {
  const folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const library = 'libonnxruntime_providers_cuda.so'
  const {platform, arch} = process
  if (platform !== 'linux' || arch !== 'x64')
    throw new Fault('failed', `device cuda: onnxruntime supports it on linux x64 only, not on ${platform} ${arch}`, {
      absent: true,
    })
  if (existsSync(join(folder, `bin/napi-v6/linux/x64/${library}`))) return
  throw new Fault(
    'failed',
    `device cuda: ${library} is not installed; run: ONNXRUNTIME_NODE_INSTALL=cuda12 node ${folder}/script/install.js ` +
      '(it needs the libraries of CUDA 12 and cuDNN 9), or choose another device: webgpu, cpu',
    {absent: true},
  )
}

/** The fault of a device, with its cause and the remedy; returns any other error unchanged. */
function deviceFault(device: 'webgpu' | 'cuda', error: Error): Error {
  const {message} = error
  const first = message
    .trim()
    .split('\n')[0]
    .replace(/^.*?was false\. /, '')
  if (device === 'webgpu' && /adapter|WebGpuContext|wgpu/i.test(message))
    return new Fault(
      'failed',
      'device webgpu: no GPU that onnxruntime can use: ' +
        `${first}; install the GPU's Vulkan driver, or Mesa 24 or newer (mesa-vulkan-drivers, libvulkan1); or choose device: cpu`,
      {cause: error, absent: true},
    )
  if (device === 'cuda' && /cuda|cudnn|cublas|load|provider/i.test(message)) {
    const library = /(lib\w+\.so[.\d]*): cannot open/.exec(message)?.[1]
    return new Fault(
      'failed',
      `device cuda: ${library ? `${library} is not installed` : first}; it needs an NVIDIA driver, and the libraries ` +
        'of CUDA 12 and cuDNN 9 on LD_LIBRARY_PATH; or choose another device: webgpu, cpu',
      {cause: error, absent: library !== undefined},
    )
  }
  return error
}
