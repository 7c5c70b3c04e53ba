# bash completion for calpresence(8)                                     -*- shell-script -*-

# The commands and their options are those that the program itself names.
_calpresence_usage() {
	"${1/#\~/$HOME}" --help 2>/dev/null |
		sed -n 's/^\(usage:\|\) *calpresence \(\[-c FILE\] \)\?//p'
}

_calpresence() {
	local current=$2 previous=$3 word line command= words=
	COMPREPLY=()
	if [[ $previous == -c ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
	fi
	for ((word = 1; word < COMP_CWORD; word++)); do
		case ${COMP_WORDS[word]} in
		-c) ((word++)) ;;
		*)
			command=${COMP_WORDS[word]}
			break
			;;
		esac
	done
	while read -r line; do
		line=${line%%   *}
		if [[ -z $command ]]; then
			# One a line, but for "--version | --help".
			words+=" ${line%% *}"
			[[ $line != -*" | "* ]] || words+=" ${line##* }"
		elif [[ $line == "$command "* ]]; then
			words=$(grep -oE -e '--[a-z-]+' <<<"${line#"$command"}")
		fi
	done < <(_calpresence_usage "$1")
	[[ -n $command || " ${COMP_WORDS[*]:1:COMP_CWORD-1} " == *" -c "* ]] || words+=" -c"
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _calpresence calpresence
