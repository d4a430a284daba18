#!/bin/sh
# Answers a question of the outbox: approve.sh FILE yes | approve.sh FILE no REASON
set -eu
token=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["token"])' "$1")
case $2 in
    yes) output='{"approved": true}' ;;
    *) output=$(python3 -c 'import json, sys; print(json.dumps({"approved": False, "reason": sys.argv[1]}))' "${3:-no reason given}") ;;
esac
# The AWS CLI insists on credentials and a region; a server without keys of its own takes any.
if [ -z "${AWS_PROFILE:-}${AWS_ACCESS_KEY_ID:-}" ]; then
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
    export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-us-east-1}"
fi
exec "${AWS:-aws}" stepfunctions send-task-success \
    --endpoint-url "${COMPASSO_ENDPOINT:-http://127.0.0.1:8400}" \
    --task-token "$token" --task-output "$output"
