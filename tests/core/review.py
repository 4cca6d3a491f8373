"""A workflow with every kind of step and every field, and the agents it names; of the shape of the shipped review."""

from __future__ import annotations

from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Json


def schema(required: list[str], closed: bool = True, **fields: Json) -> dict[str, Json]:
    listed: list[Json] = [*required]
    made: dict[str, Json] = {"type": "object", "required": listed, "properties": dict(fields)}
    return {**made, "additionalProperties": False} if closed else made


TEXT: Json = {"type": "string"}
TEXTS: Json = {"type": "array", "items": TEXT}
NUMBER: Json = {"type": "integer"}
PACKAGE: Json = schema(["name", "files"], name=TEXT, files=TEXTS)
FINDINGS: Json = {"type": "array", "items": schema(["file", "line"], file=TEXT, line=NUMBER)}


def spec(name: str, takes: dict[str, Json], gives: dict[str, Json]) -> AgentSpec:
    return AgentSpec(name=name, role="Does it.", runtime="callable", input_schema=takes, output_schema=gives)


LIST: Json = {"type": "array"}
SECTIONS = schema(["sections"], sections=LIST)
SUMMARY = schema(["summary", "counts"], summary=TEXT, counts=schema([], closed=False))
SURVEY = schema(["root", "packages"], root=TEXT, packages={"type": "array", "items": PACKAGE})
FILES = schema(["files"], files=TEXTS)
FOLDER = schema(["root", "files"], root=TEXT, files=TEXTS)

AGENTS: dict[str, AgentSpec] = {
    one.name: one
    for one in (
        spec("surveyor", schema(["path"], path=TEXT), SURVEY),
        spec("ruff-check", FOLDER, FINDINGS),
        spec("bandit-check", FOLDER, FINDINGS),
        spec("checklist", FILES, FILES),
        spec("merger", schema(["reports"], reports=LIST), schema(["sections", "count"], sections=LIST, count=NUMBER)),
        spec("critic", SECTIONS, SUMMARY),
        spec("critic-lite", SECTIONS, SUMMARY),
        spec("publisher", schema(["summary", "root"], summary=TEXT, root=TEXT), schema(["report"], report=TEXT)),
    )
}

WORKFLOW = """\
workflow: repo-review
role: Reviews a folder with real tools and writes a report after sign-off.
input:
  type: object
  required: [path]
  properties:
    path: {type: string, minLength: 1}
    strict: {type: boolean}
budget: {usd: 5, tokens: 200000, minutes: 30}
labels:
  area: quality
steps:
  - id: survey
    agent: surveyor
    with: {path: input.path}
    timeout: 60s
    retry:
      attempts: 4
      backoff: 2s
      max_backoff: 1m
      on: [crash, timeout]
  - id: scan
    map:
      over: steps.survey.output.packages
      as: package
      do:
        parallel:
          branches:
            style:
              agent: ruff-check
              with: {root: steps.survey.output.root, files: package.files}
            safety:
              sequence:
                steps:
                  - id: pick
                    agent: checklist
                    with:
                      files: package.files
                  - id: check
                    when: size(steps.pick.output.files) > 0
                    agent: bandit-check
                    with: {root: steps.survey.output.root, files: steps.pick.output.files}
                    optional: true
                output: steps.check.output
          tolerate: 1
          merge: structured
      concurrency: 4
      tolerate: 1
      merge: collect
  - id: echo
    needs: [survey]
    map: {over: steps.survey.output.packages, as: one, agent: checklist, with: {files: one.files}, timeout: 5m}
  - id: merge
    needs: [scan, echo]
    agent: merger
    with: {reports: steps.scan.output}
  - id: critique
    agent: critic
    with:
      sections: steps.merge.output.sections
    timeout: 120
    fallback: [critic-lite]
  - id: sign_off
    when: input.strict
    gate:
      title: Sign off the report
      show: {summary: steps.critique.output.summary, counts: steps.critique.output.counts}
      edit: [summary]
      edit_schema:
        type: object
        properties:
          summary: {type: string, minLength: 1}
      approvers: {role: operator, group: leads, quorum: 1, not_starter: false}
      deadline: {after: 4h, then: escalate, to: heads}
      on_reject: fail
  - id: publish
    agent: publisher
    with:
      summary: steps.sign_off.output.summary
      root: steps.survey.output.root
output: steps.publish.output.report
"""
