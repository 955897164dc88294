import {stringify} from 'yaml'
import {Fault} from '../../../engine/fault.ts'
import {chooseBy} from './choose.ts'
import type {Format} from './format.ts'

/**
 * An Indexed Job of Kubernetes (1.33 or later for a limit of its own for each index), a pod a cell. The folder that
 * recipes' paths begin at is the volume claim `svft`; the hub's token, where one is needed, the secret `svft-hub`, which
 * pods see as a file and never as a variable.
 */
export const k8s: Format = {
  files(cells, {name, workers, image}) {
    if (image === undefined) throw new Fault('usage', '--image must say which container image has svft in it')
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
                command: ['sh', '-c', chooseBy('JOB_COMPLETION_INDEX', cells).replaceAll('$', '$$$$')], // $(…) is theirs
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
