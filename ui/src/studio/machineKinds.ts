import type { Kind } from './kinds';
import { freeName } from './writing';

/** Stand for what a step is given, and for the token that ends it, in the language of the definition. */
const INPUT = '$';
const TOKEN = '$$.Task.Token';
const IN_JSONATA: Record<string, string> = { [INPUT]: '{% $states.input %}', [TOKEN]: '{% $states.context.Task.Token %}' };

/** What a Task of some kind is made of. */
interface Stencil extends Kind {
  /** What the state is called. */
  name: string;
  resource: string;
  call: object;
  /** What its writer has to fill in first. */
  blank: string;
  more?: object;
}

const service = (name: string, id: string, says: string, call: object, blank: string, more?: object): Stencil => ({
  name, id, says, call, blank, group: 'Services', resource: `arn:aws:states:::${id}`, ...(more && { more }),
});
const action = (name: string, own: string, says: string, call: object, blank: string): Stencil => ({
  name, says, call, blank, group: 'Actions', id: `compasso:${own}`, resource: `arn:aws:states:::compasso:${own}`,
});

const QUEUE = 'https://sqs.us-east-1.amazonaws.com/123456789012/QUEUE';
const STENCILS: readonly Stencil[] = [
  service('Lambda', 'lambda:invoke', 'Lambda', { FunctionName: 'FUNCTION', Payload: INPUT }, 'FUNCTION'),
  {
    ...service('Activity', 'activity', 'Activity', {}, 'arn:aws:states:us-east-1:123456789012:activity:NAME'),
    resource: 'arn:aws:states:us-east-1:123456789012:activity:NAME', more: { HeartbeatSeconds: 300 },
  },
  service('HTTP', 'http:invoke', 'HttpInvoke', { ApiEndpoint: 'https://example.com/', Method: 'GET' }, 'https://example.com/'),
  service(
    'Execution', 'states:startExecution.sync:2', 'Execution',
    { StateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:NAME', Input: INPUT }, 'arn:aws:states:us-east-1:123456789012:stateMachine:NAME',
  ),
  service(
    'Start', 'states:startExecution', 'Start',
    { StateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:NAME', Input: INPUT }, 'arn:aws:states:us-east-1:123456789012:stateMachine:NAME',
  ),
  service('Queue', 'sqs:sendMessage', 'Sqs', { QueueUrl: QUEUE, MessageBody: INPUT }, QUEUE),
  service(
    'Callback', 'sqs:sendMessage.waitForTaskToken', 'SqsToken',
    { QueueUrl: QUEUE, MessageBody: { Input: INPUT, TaskToken: TOKEN } }, QUEUE, { TimeoutSeconds: 3600 },
  ),
  service(
    'Topic', 'sns:publish', 'Sns', { TopicArn: 'arn:aws:sns:us-east-1:123456789012:TOPIC', Message: INPUT }, 'arn:aws:sns:us-east-1:123456789012:TOPIC',
  ),
  service('Get item', 'dynamodb:getItem', 'GetItem', { TableName: 'TABLE', Key: { id: { S: 'ID' } } }, 'TABLE'),
  service('Put item', 'dynamodb:putItem', 'PutItem', { TableName: 'TABLE', Item: { id: { S: 'ID' } } }, 'TABLE'),
  service(
    'Event', 'events:putEvents', 'Events',
    { Entries: [{ Source: 'SOURCE', DetailType: 'TYPE', Detail: INPUT, EventBusName: 'default' }] }, 'SOURCE',
  ),
  service('Container', 'ecs:runTask.sync', 'Ecs', { Cluster: 'CLUSTER', TaskDefinition: 'TASK', LaunchType: 'FARGATE' }, 'CLUSTER'),
  service('Batch job', 'batch:submitJob.sync', 'Job', { JobName: 'NAME', JobQueue: 'QUEUE', JobDefinition: 'DEFINITION' }, 'NAME'),
  service('Glue job', 'glue:startJobRun.sync', 'Job', { JobName: 'NAME' }, 'NAME'),
  service('Query', 'athena:startQueryExecution.sync', 'Athena', { QueryString: 'select 1', WorkGroup: 'primary' }, 'select 1'),
  service('Build', 'codebuild:startBuild.sync', 'Build', { ProjectName: 'PROJECT' }, 'PROJECT'),
  service('Model', 'bedrock:invokeModel', 'Model', { ModelId: 'MODEL', Body: INPUT }, 'MODEL'),
  service('API', 'apigateway:invoke', 'Api', { ApiEndpoint: 'ID.execute-api.us-east-1.amazonaws.com', Method: 'GET' }, 'ID.execute-api.us-east-1.amazonaws.com'),
  service('Object', 'aws-sdk:s3:getObject', 'AwsSdk', { Bucket: 'BUCKET', Key: 'KEY' }, 'BUCKET'),
  action('Program', 'process', 'Process', { Command: ['echo', 'done'] }, 'echo'),
  action('HTTP', 'http', 'Http', { Method: 'GET', Url: 'https://example.com/' }, 'https://example.com/'),
  action('SQL', 'sql', 'Sql', { connection: 'CONNECTION', query: 'select 1' }, 'CONNECTION'),
  action('Email', 'email', 'Email', { to: 'who@example.com', subject: 'SUBJECT', body: 'TEXT' }, 'who@example.com'),
  action('Slack', 'slack', 'Slack', { text: 'TEXT' }, 'TEXT'),
  action('Notify', 'notify', 'Notify', { text: 'TEXT' }, 'TEXT'),
  action('PagerDuty', 'pagerduty', 'Pagerduty', { key: 'KEY', summary: 'SUMMARY' }, 'KEY'),
  action('Copy', 's3-copy', 'Copy', { from: 's3://BUCKET/in/', to: 's3://BUCKET/out/' }, 's3://BUCKET/in/'),
  action('Asset', 'asset-emit', 'Asset', { uri: 'asset://NAME' }, 'asset://NAME'),
  action('Log', 'log', 'Log', { message: 'MESSAGE' }, 'MESSAGE'),
  action('Signal', 'signal', 'Signal', { Name: 'NAME' }, 'NAME'),
];

const flow = (id: string, says = id): Kind => ({ id, says, group: 'Flow' });

/** The kinds of states, and the tasks that are called most. */
export const KINDS: readonly Kind[] = [
  flow('Choice'), flow('Parallel'), flow('Map'), flow('Map distributed', 'Distributed'), flow('Pass'), flow('Wait'), flow('Succeed'), flow('Fail'),
  ...STENCILS,
];

/** Any other service that is called directly, such as `aws-sdk:sqs:purgeQueue`. */
const CALLED = /^[a-z][\w-]*(:\w+)+(\.sync(:2)?|\.waitForTaskToken)?$/;

/** Returns the kind that a text names, if it is not among those that are offered. */
export const named = (text: string): Kind | null => (CALLED.test(text) ? { id: text, group: 'Services', says: 'Called' } : null);

/** What a new state is made from. */
interface Wanted {
  next: string | undefined;
  isJsonata: boolean;
  names: Set<string>;
}

const stencilOf = (kind: string) => STENCILS.find(({ id }) => id === kind);

/** Returns what a state of a kind is called. */
export function nameOf(kind: string): string {
  if (kind === 'Map distributed') return 'Map';
  return stencilOf(kind)?.name ?? kind.split(/[:.]/)[kind.startsWith('aws-sdk:') ? 2 : 0]!;
}

/** Returns what of a new state is to be filled in. */
export function blankOf(kind: string): string | undefined {
  return stencilOf(kind)?.blank ?? { Wait: '60', Fail: 'Failed' }[kind];
}

/** Makes a state of a kind that is valid as it is. */
export function made(kind: string, wanted: Wanted): object {
  const { next, isJsonata } = wanted;
  const follow = next === undefined ? { End: true } : { Next: next };
  switch (kind) {
    case 'Choice':
      return { Type: kind, Choices: [ruleTo(next, isJsonata)], Default: next };
    case 'Wait':
      return { Type: kind, Seconds: 60, ...follow };
    case 'Parallel':
      return { Type: kind, Branches: [inner('Branch', wanted), inner('Branch', wanted)], ...follow };
    case 'Map':
      return { Type: kind, ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...inner('Item', wanted) }, ...follow };
    case 'Map distributed': {
      const config = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
      return { Type: 'Map', ItemProcessor: { ProcessorConfig: config, ...inner('Item', wanted) }, MaxConcurrency: 100, ...follow };
    }
    case 'Succeed':
      return { Type: kind };
    case 'Fail':
      return { Type: kind, Error: 'Failed' };
    case 'Pass':
      return { Type: kind, ...follow };
    default: {
      const { resource = `arn:aws:states:::${kind}`, call = {}, more } = stencilOf(kind) ?? {};
      const sent = written(call, isJsonata) as object;
      const isSent = Object.keys(sent).length > 0;
      return { Type: 'Task', Resource: resource, ...(isSent && { [isJsonata ? 'Arguments' : 'Parameters']: sent }), ...more, ...follow };
    }
  }
}

function inner(name: string, { names }: Wanted): object {
  const id = freeName(name, names);
  names.add(id);
  return { StartAt: id, States: { [id]: { Type: 'Pass', End: true } } };
}

/** Writes what is sent in the language of the definition. */
function written(value: unknown, isJsonata: boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => written(one, isJsonata));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      if (one !== INPUT && one !== TOKEN) return [name, written(one, isJsonata)];
      return isJsonata ? [name, IN_JSONATA[one]] : [`${name}.$`, one];
    }),
  );
}

/** Makes a rule of a Choice that always holds: what it asks is up to the writer. */
export function ruleTo(next: string | undefined, isJsonata: boolean): object {
  return { ...(isJsonata ? { Condition: '{% true %}' } : { Variable: '$', IsPresent: true }), Next: next };
}
