#include "cli/completion_scripts.h"

namespace roomkeeper::cli {

// `for word in $list` splits in bash only; so lists are taken apart with the parameter expansions
// that both shells have.
const std::string_view shared_completion_script = R"script(
# Sets `kind` to what the value of option $2 of command $1 is; nothing: it has none.
_roomctl_kind() {
  local reply rest
  kind=''
  _roomctl_options "$1"
  rest=" $reply "
  _roomctl_options ''
  rest="$rest$reply "
  case $rest in
    *" $2="*)
      rest=${rest#*" $2="}
      kind=${rest%% *}
      ;;
  esac
}

# _roomctl_word WORD: one more word of the line that is complete. What it means is kept in `command`, `noun` (its
# first word, when there must be another), `positionals`, `expected` (the kind of the value that follows),
# `only_arguments` and the list `connection`. Who calls has these, and `program`, as local variables.
_roomctl_word() {
  local kind reply
  if [[ -n $expected ]]; then
    [[ $in_connection -eq 0 ]] || connection+=("$1")
    expected='' in_connection=0
    return
  fi
  if [[ $only_arguments -eq 0 && $1 == -* ]]; then
    if [[ $1 == -- ]]; then
      only_arguments=1
      return
    fi
    in_connection=0
    case ${1%%=*} in
      -s | --nats-* | --password-file | --creds | --nkey | --token-file | --tls-* | --context | --admin-prefix)
        connection+=("$1")
        in_connection=1
        ;;
    esac
    _roomctl_kind "$command" "$1"
    expected=$kind
    [[ -n $expected ]] || in_connection=0
    return
  fi
  if [[ -n $command && $command != help ]]; then
    positionals=$((positionals + 1))
  elif [[ -n $noun ]]; then
    command="$noun $1" noun=''
  elif [[ $1 != help ]]; then
    noun=$1
    [[ $noun != conn ]] || noun=connection
    _roomctl_words "$noun"
    [[ -n $reply ]] || command=$noun noun=''
  fi
}

# Sets `kind` to what stands at the place of the argument after `positionals` others.
_roomctl_argument() {
  local reply place=0
  kind=''
  _roomctl_arguments "$command"
  while [[ -n $reply ]]; do
    kind=${reply%% *}
    case $kind in
      *+)
        kind=${kind%+}
        return
        ;;
    esac
    [[ $place -lt $positionals ]] || return 0
    place=$((place + 1))
    [[ $reply == *' '* ]] || break
    reply=${reply#* }
  done
  kind=''
}

# Rooms whose id begins with $1, one a line; a daemon that does not answer within a second has none. Whoever answers is a
# stranger: only what can be an id is offered, and no shell ever expands it.
_roomctl_rooms() {
  local id
  command "$program" "${connection[@]}" --timeout 1s room ls --quiet --limit 1000 --match "$1*" 2>/dev/null |
    while IFS= read -r id; do
      if [[ $id == "$1"* && -n $id && $id != *[!A-Za-z0-9_-]* ]]; then printf '%s\n' "$id"; fi
    done
}
)script";

const std::string_view bash_completion_script = R"script(
_roomctl_offer() {
  local reply
  case $1 in
    room) mapfile -t COMPREPLY < <(_roomctl_rooms "$2") ;;
    file)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$2")
      ;;
    shell) mapfile -t COMPREPLY < <(compgen -W 'bash zsh' -- "$2") ;;
    words)
      _roomctl_words "$noun"
      mapfile -t COMPREPLY < <(compgen -W "$reply" -- "$2")
      ;;
  esac
}

_roomctl_offer_options() {
  local reply word names=()
  if [[ -n $command ]]; then
    _roomctl_options "$command"
    for word in $reply; do names+=("${word%%=*}"); done
  fi
  _roomctl_options ''
  for word in $reply; do names+=("${word%%=*}"); done
  mapfile -t COMPREPLY < <(compgen -W "${names[*]}" -- "$1")
}

_roomctl() {
  local line=$COMP_LINE words=() i current program kind
  local command='' noun='' positionals=0 expected='' only_arguments=0 in_connection=0 connection=()
  COMPREPLY=()
  # bash ends words at = and : too; what no space parts in the line is one word here.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if [[ $i -eq 0 || $line == [[:space:]]* ]]; then
      line=${line#"${line%%[![:space:]]*}"}
      words+=("${COMP_WORDS[i]}")
    else
      words[${#words[@]} - 1]+=${COMP_WORDS[i]}
    fi
    line=${line#"${COMP_WORDS[i]}"}
  done
  for ((i = 1; i < ${#words[@]} - 1; i++)); do _roomctl_word "${words[i]}"; done
  current=${words[${#words[@]} - 1]} program=${words[0]}
  if [[ -n $expected ]]; then
    _roomctl_offer "$expected" "$current"
  elif [[ $only_arguments -eq 0 && $current == --*=* ]]; then
    _roomctl_kind "$command" "${current%%=*}"
    _roomctl_offer "$kind" "${current#*=}"
  elif [[ $only_arguments -eq 0 && $current == -* ]]; then
    _roomctl_offer_options "$current"
  elif [[ -z $command ]]; then
    _roomctl_offer words "$current"
  else
    _roomctl_argument
    _roomctl_offer "$kind" "$current"
  fi
}
complete -F _roomctl roomctl
)script";

const std::string_view zsh_completion_script = R"script(
_roomctl_offer() {
  local -a found described
  case $1 in
    (room)
      found=(${(f)"$(_roomctl_rooms "$PREFIX")"})
      _describe room found
      ;;
    (file) _files ;;
    (shell)
      found=(bash zsh)
      _describe shell found
      ;;
    (words)
      _roomctl_describe "$noun"
      _describe command described
      ;;
  esac
}

_roomctl_offer_options() {
  local -a described all
  if [[ -n $command ]]; then
    _roomctl_describe_options "$command"
    all=($described)
  fi
  _roomctl_describe_options ''
  all+=($described)
  _describe -o option all
}

_roomctl() {
  local i kind program=${words[1]} command='' noun='' positionals=0 expected='' only_arguments=0 in_connection=0
  local -a connection
  for ((i = 2; i < CURRENT; i++)); do _roomctl_word "${(Q)words[i]}"; done
  if [[ -n $expected ]]; then
    _roomctl_offer "$expected"
  elif [[ $only_arguments -eq 0 && $PREFIX == --*=* ]]; then
    _roomctl_kind "$command" "${PREFIX%%=*}"
    compset -P '*='
    _roomctl_offer "$kind"
  elif [[ $only_arguments -eq 0 && $PREFIX == -* ]]; then
    _roomctl_offer_options
  elif [[ -z $command ]]; then
    _roomctl_offer words
  else
    _roomctl_argument
    _roomctl_offer "$kind"
  fi
}

# Loaded from fpath it is called at once; sourced it is registered.
if [[ ${funcstack[1]} == _roomctl ]]; then
  _roomctl "$@"
else
  compdef _roomctl roomctl
fi
)script";

}  // namespace roomkeeper::cli
