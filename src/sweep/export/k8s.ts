import {stringify} from 'yaml'
import {Fault} from '../../base/fault.ts'
import {chooseBy} from './choose.ts'
import type {ExportFormat, ExportStep} from './format.ts'
import {requestsOf} from './requests.ts'

/**
 * An Indexed Job of Kubernetes (1.33 or later for a limit of its own for each index), a pod a cell; all pods ask for what
 * the largest cell needs, and have as many threads as cores where a recipe says none. The folder that
 * recipes' paths begin at is the volume claim `svft`; the hub's token, where one is needed, the secret `svft-hub`, which
 * pods see as a file and never as a variable.
 */
export const k8s: ExportFormat = {
  runs: 'elsewhere',
  async files(cells, {name, workers, image}) {
    if (image === undefined) throw new Fault('usage', '--image must say which container image has svft in it')
    const {cpu, memoryBytes} = await requestsOf(cells.map(({cell}) => cell))
    const commands = cells.map(step => (step.cell.recipe.threads === undefined ? withThreads(step, cpu) : step))
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
        podFailurePolicy: {
          rules: [
            {action: 'Ignore', onExitCodes: {containerName: 'svft', operator: 'In', values: [75]}}, // run me again
            {action: 'Ignore', onPodConditions: [{type: 'DisruptionTarget', status: 'True'}]}, // evicted, preempted
            {action: 'FailIndex', onExitCodes: {containerName: 'svft', operator: 'In', values: [1, 2, 78]}},
          ],
        },
        template: {
          spec: {
            restartPolicy: 'Never',
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 120, // to save its state
            containers: [
              {
                name: 'svft',
                image,
                workingDir: '/work',
                command: ['sh', '-c', chooseBy('JOB_COMPLETION_INDEX', commands).replaceAll('$', '$$$$')], // $(…) is theirs
                resources: {requests: {cpu, ...(memoryBytes === undefined ? {} : {memory: mebibytes(memoryBytes)})}},
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
          },
        },
      },
    }
    return {'svft-job.yaml': stringify(job, {lineWidth: 0})}
  },
  next: 'kubectl apply -f svft-job.yaml',
}

/** As many threads as its pod asks for cores, not as many as its node has. */
const withThreads = (step: ExportStep, cpu: number): ExportStep => ({
  ...step,
  words: [...step.words, '--set', `threads=${cpu}`],
})

const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)}Mi`
