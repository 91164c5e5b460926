using System.IO.Enumeration;
using System.Text.RegularExpressions;

namespace Lumen.Hub;

/// <summary>
/// Which files of a repository are needed: safetensors, JSON, text and the model card; of several forms of the same weights one; never
/// pickles.
/// </summary>
internal static partial class PullSelection
{
    private static readonly string[] Endings = [".safetensors", ".json", ".txt", ".md"];
    private static readonly string[] Pickles = [".bin", ".ckpt", ".pt", ".pth"];
    private static readonly string[] Parts = ["unet", "vae", "text_encoder", "tokenizer", "scheduler", "controlnet"];

    /// <param name="files">All paths of the repository.</param>
    /// <param name="id">The model, for messages.</param>
    /// <param name="include">Patterns of paths or names (<c>*.json</c>); empty for what is needed.</param>
    /// <param name="variant">Form of the weights that is preferred, such as <c>fp16</c>; null for the plain one.</param>
    /// <exception cref="LumenException">Nothing is left.</exception>
    public static IReadOnlyList<string> Choose(IReadOnlyList<string> files, HubId id, IReadOnlyList<string> include, string? variant)
    {
        string[] usable = [.. files.Where(IsUsable).Order(StringComparer.Ordinal)];
        if (include.Count > 0)
        {
            string[] asked = [.. usable.Where(path => include.Any(pattern => Fits(pattern, path)))];
            return asked.Length > 0
                ? asked
                : throw new LumenException(
                    LumenErrorKind.Network,
                    $"{id} has no file {string.Join(" or ", include)} among {string.Join(", ", Endings)} files. It has: {Some(usable)}."
                );
        }
        var isPipeline = usable.Contains("model_index.json", StringComparer.Ordinal);
        string[] wanted = [.. usable.Where(path => isPipeline ? IsOfPipeline(path) : IsOfPart(path))];
        string[] chosen =
        [
            .. wanted
                .GroupBy(
                    path =>
                        Weights().Match(path) is { Success: true } match
                            ? $"{match.Groups["folder"].Value}{match.Groups["stem"].Value}"
                            : path,
                    StringComparer.Ordinal
                )
                .SelectMany(group => Best([.. group], variant))
                .Order(StringComparer.Ordinal),
        ];
        if (chosen.Any(path => path.EndsWith(".safetensors", StringComparison.Ordinal)))
            return chosen;
        throw new LumenException(
            LumenErrorKind.Network,
            files.FirstOrDefault(path => Pickles.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)) is { } pickle
                ? $"{id} holds its weights as pickles only ({pickle}), which can run code and are refused. Look for a repository of "
                    + "the same model with .safetensors files."
                : $"{id} holds no weights (.safetensors). It has: {Some(files)}."
        );
    }

    private static bool IsUsable(string path) =>
        Endings.Contains(Path.GetExtension(path), StringComparer.Ordinal)
        || Path.GetFileName(path).StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase);

    private static bool Fits(string pattern, string path) =>
        FileSystemName.MatchesSimpleExpression(pattern, path, ignoreCase: false)
        || FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(path), ignoreCase: false);

    // Single files beside the folders are the same model once more; a safety checker is not run here.
    private static bool IsOfPipeline(string path) =>
        path.Split('/') switch
        {
            [var name] => !name.EndsWith(".safetensors", StringComparison.Ordinal),
            [var part, ..] => Parts.Contains(part, StringComparer.Ordinal),
            _ => false,
        };

    private static bool IsOfPart(string path) => path.Split('/') is [_] or ["lumen", _];

    private static string[] Best(string[] forms, string? variant)
    {
        if (forms is [var only] && !Weights().IsMatch(only))
            return forms;
        var byVariant = forms.ToLookup(path => Weights().Match(path).Groups["variant"].Value, StringComparer.Ordinal);
        foreach (var preferred in new[] { variant ?? "", "", "fp32", "bf16", "fp16" })
        {
            if (byVariant[preferred].Any())
                return [.. byVariant[preferred]];
        }
        return [.. byVariant.OrderBy(group => group.Key, StringComparer.Ordinal).First()];
    }

    private static string Some(IReadOnlyList<string> files) =>
        files.Count == 0 ? "nothing" : string.Join(", ", files.Take(20)) + (files.Count > 20 ? " ..." : "");

    // diffusion_pytorch_model.safetensors, ....fp16.safetensors, ....fp16-00001-of-00002.safetensors, ....safetensors.index.fp16.json.
    [GeneratedRegex(
        @"^(?<folder>(?:[^/]+/)*)(?<stem>diffusion_pytorch_model|model)(?:\.(?<variant>[A-Za-z]\w*))??(?:-\d{5}-of-\d{5})?\.safetensors(?:\.index(?:\.(?<variant>\w+))?\.json)?$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Weights();
}
