// Completion scripts, made from the tree of commands.

#include <algorithm>

#include <fmt/format.h>

#include "app/command.h"

namespace hookline::app {
namespace {

std::string spaced(std::string words) {
    std::replace(words.begin(), words.end(), '|', ' ');
    return words;
}

bool is_choice(const std::string& value) { return value.find('|') != std::string::npos; }

/// What follows where, for bash: words, files or directories.
std::string bash_reply(const std::string& value) {
    if (is_choice(value)) return fmt::format(R"(COMPREPLY=($(compgen -W "{}" -- "$word")))", spaced(value));
    if (value == "FILE") return R"(compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")))";
    if (value == "DIR") return R"(compopt -o filenames; COMPREPLY=($(compgen -d -- "$word")))";
    return "";
}

std::string bash_script(const std::vector<CommandShape>& shapes) {
    std::string script = R"(# bash completion for hookline, made by `hookline completion bash`
_hookline() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$path ${COMP_WORDS[i]}" in
)";
    std::string paths;
    for (const CommandShape& shape : shapes) {
        if (!shape.path.empty()) paths += (paths.empty() ? "" : "|") + fmt::format(R"(" {}")", shape.path);
    }
    script += fmt::format("            {}) path=\"$path ${{COMP_WORDS[i]}}\" ;;\n", paths);
    script += "        esac\n    done\n    COMPREPLY=()\n    case \"$path $before\" in\n";
    for (const CommandShape& shape : shapes) {
        for (const CommandShape::Option& option : shape.options) {
            const std::string prefix = shape.path.empty() ? "" : " " + shape.path;
            const std::string reply = bash_reply(option.value);
            if (!option.value.empty())
                script += fmt::format("        \"{} {}\") {}{}return ;;\n", prefix, option.name, reply,
                                      reply.empty() ? "" : "; ");
        }
    }
    script += "    esac\n    case \"$path\" in\n";
    for (const CommandShape& shape : shapes) {
        std::string words;
        for (const std::string& sub : shape.subcommands) words += (words.empty() ? "" : " ") + sub;
        if (is_choice(shape.positional)) words += spaced(shape.positional);
        for (const CommandShape::Option& option : shape.options) words += (words.empty() ? "" : " ") + option.name;
        const std::string path = shape.path.empty() ? "" : " " + shape.path;
        script += fmt::format("        \"{}\") COMPREPLY=($(compgen -W \"{}\" -- \"$word\")) ;;\n", path, words);
    }
    return script + "    esac\n}\ncomplete -F _hookline hookline\n";
}

/// For zsh's single quotes, and its colon between a word and what it means.
std::string quoted(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else if (c == ':') {
            out += "\\:";
        } else if (c == '[' || c == ']') {
            out += std::string("\\") + c;
        } else {
            out += c;
        }
    }
    return out;
}

std::string zsh_action(const std::string& value) {
    if (is_choice(value)) return fmt::format("({})", spaced(value));
    if (value == "FILE") return "_files";
    if (value == "DIR") return "_files -/";
    return " ";
}

std::string function_name(const std::string& path) {
    std::string name = "_hookline" + (path.empty() ? std::string() : "_" + path);
    std::replace(name.begin(), name.end(), ' ', '_');
    return name;
}

std::string zsh_options(const CommandShape& shape) {
    std::string lines;
    for (const CommandShape::Option& option : shape.options) {
        const std::string tail =
            option.value.empty() ? "" : fmt::format(":{}:{}", spaced(quoted(option.value)), zsh_action(option.value));
        // Those that may be repeated are offered again; more than needed does no harm.
        lines += fmt::format("        '*{}[{}]{}' \\\n", option.name, quoted(option.meaning), tail);
    }
    return lines;
}

std::string zsh_function(const CommandShape& shape, const std::vector<CommandShape>& all) {
    std::string text = fmt::format("{}() {{\n", function_name(shape.path));
    if (shape.subcommands.empty()) {
        text += "    _arguments -s \\\n" + zsh_options(shape);
        text += shape.positional.empty() ? "        && return\n"
                                         : fmt::format("        '*:{}:{}'\n", spaced(quoted(shape.positional)),
                                                       zsh_action(shape.positional));
        return text + "}\n";
    }
    text += "    local line state\n    local -a commands\n    commands=(\n";
    for (const std::string& sub : shape.subcommands) {
        const std::string path = shape.path.empty() ? sub : shape.path + " " + sub;
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const CommandShape& one) { return one.path == path; });
        text += fmt::format("        '{}:{}'\n", sub, found == all.end() ? "" : quoted(found->meaning));
    }
    text += "    )\n    _arguments -C -s \\\n" + zsh_options(shape);
    text +=
        "        '1: :->command' '*:: :->rest'\n    case $state in\n        command) _describe command commands ;;\n";
    return text + fmt::format("        rest) (( $+functions[{0}_$line[1]] )) && {0}_$line[1] ;;\n    esac\n}}\n",
                              function_name(shape.path));
}

std::string zsh_script(const std::vector<CommandShape>& shapes) {
    std::string script = "#compdef hookline\n# zsh completion for hookline, made by `hookline completion zsh`\n";
    for (const CommandShape& shape : shapes) script += "\n" + zsh_function(shape, shapes);
    // Read from fpath this file is the function itself; sourced, it must register it.
    return script +
           "\nif [[ $funcstack[1] == _hookline ]]; then _hookline \"$@\"; else compdef _hookline hookline; fi\n";
}

}  // namespace

std::string completion_script(const std::string& shell) {
    const std::vector<CommandShape> shapes = command_shapes();
    return shell == "zsh" ? zsh_script(shapes) : bash_script(shapes);
}

}  // namespace hookline::app
