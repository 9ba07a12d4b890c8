// Judges calls as IAM does, one a line: JSON in on standard input, JSON out on standard output.
//
// A program of its own, for tests and the sandbox: the library is AGPL-3.0 and ships with nothing.
//
// In:  {"principal", "action", "resource", "account", "context": {key: value},
//       "identityPolicies": [{"name", "policy"}], "resourcePolicy": policy or absent}
// Out: {"result": "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied",
//       "allowed": [sid], "denied": [sid]}: the statements that matched
// or   {"error": why this is no question that IAM knows}: an unknown action, a resource that the
//      action does not have, a context key that IAM has not for it, a policy that is not one.
import { createInterface } from 'node:readline';
import { runSimulation } from '@cloud-copilot/iam-simulate';

const nameOf = ({ policyId, statement }) => `${policyId ?? 'trust'}/${statement.sid() ?? ''}`;

async function judge(call) {
  const answer = await runSimulation(
    {
      request: {
        principal: call.principal,
        action: call.action,
        resource: { resource: call.resource, accountId: call.account },
        contextVariables: call.context,
      },
      identityPolicies: call.identityPolicies,
      resourcePolicy: call.resourcePolicy,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (answer.resultType === 'error') {
    return { error: JSON.stringify(answer.errors) };
  }
  // Several if the resource is a wildcard that stands for resources of several types.
  const results = answer.results ?? [answer.result];
  const ignored = results.flatMap((result) => result.ignoredContextKeys ?? []);
  if (ignored.length) {
    return { error: `not context of ${call.action} on ${call.resource}: ${ignored}` };
  }
  const parts = results.flatMap(({ analysis }) => [
    analysis.identityAnalysis,
    analysis.resourceAnalysis,
  ]);
  const names = (kind) => parts.flatMap((part) => part?.[kind] ?? []).map(nameOf);
  return {
    result: answer.overallResult,
    allowed: names('allowStatements'),
    denied: names('denyStatements'),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await judge(JSON.parse(line));
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
