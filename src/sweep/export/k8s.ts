import {stringify} from 'yaml'
import {Fault} from '../../base/fault.ts'
import {EXPORTED} from '../../plan/catalogue/recipe-files.ts'
import {type ExportFormat, type ExportStep, selectByVariable} from './format.ts'
import {computeRequests} from './requests.ts'

/**
 * An Indexed Job of Kubernetes 1.33 or later, which has a limit of retries for each index, with a pod for each cell. All
 * pods request what the largest cell needs, and use as many threads as cores unless the recipe sets threads. The working
 * folder is the volume claim `svft`. The image has svft on its PATH, as that of the Dockerfile does. The hub's token is the
 * secret `svft-hub`, which pods see as a file, never as a variable.
 */
export const k8s: ExportFormat = {
  runs: 'elsewhere',
  async files(cells, {name, workers, image}) {
    if (image === undefined) throw new Fault('usage', NO_IMAGE)
    const {cpu, memoryBytes} = await computeRequests(cells.map(({cell}) => cell))
    const commands = cells.map(step => (step.cell.recipe.threads === undefined ? withThreads(step, cpu) : step))
    const requests = {cpu, memory: memoryBytes && mebibytes(memoryBytes)}
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {name},
      spec: {
        completions: cells.length,
        parallelism: Math.min(workers ?? cells.length, cells.length),
        completionMode: 'Indexed',
        backoffLimitPerIndex: 3,
        podReplacementPolicy: 'Failed', // the next pod of an index begins when the last one has ended
        podFailurePolicy: {rules: FAILURE_RULES},
        template: {spec: podSpec({image, script: selectByVariable('JOB_COMPLETION_INDEX', commands), requests})},
      },
    }
    return {[EXPORTED.k8s]: stringify(job, {lineWidth: 0})}
  },
  next: `kubectl apply -f ${EXPORTED.k8s}`,
}

const NO_IMAGE = '--image is missing: a container image that has svft on its PATH; the Dockerfile of svft builds one'

const FAILURE_RULES = [
  {action: 'Ignore', onExitCodes: {containerName: 'svft', operator: 'In', values: [75]}}, // run me again
  {action: 'Ignore', onPodConditions: [{type: 'DisruptionTarget', status: 'True'}]}, // evicted, preempted
  {action: 'FailIndex', onExitCodes: {containerName: 'svft', operator: 'In', values: [1, 2, 78]}},
]

const podSpec = ({image, script, requests}: {image: string; script: string; requests: object}) => ({
  restartPolicy: 'Never',
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 120, // to save its state
  containers: [
    {
      name: 'svft',
      image,
      workingDir: '/work',
      command: ['sh', '-c', script.replaceAll('$', '$$$$')], // Kubernetes expands $(…)
      resources: {requests},
      env: [
        {name: 'SVFT_CACHE', value: '/work/.cache/svft'},
        {name: 'HF_HOME', value: '/work/.cache/huggingface'},
        {name: 'HF_TOKEN_PATH', value: '/run/svft-hub/token'},
      ],
      volumeMounts: [
        {name: 'work', mountPath: '/work'},
        {name: 'hub', mountPath: '/run/svft-hub', readOnly: true},
      ],
    },
  ],
  volumes: [
    {name: 'work', persistentVolumeClaim: {claimName: 'svft'}},
    {name: 'hub', secret: {secretName: 'svft-hub', optional: true}},
  ],
})

/** A cell with as many threads as its pod requests cores; its node may have more. */
const withThreads = (step: ExportStep, cpu: number): ExportStep => ({
  ...step,
  words: [...step.words, '--set', `threads=${cpu}`],
})

const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)}Mi`
