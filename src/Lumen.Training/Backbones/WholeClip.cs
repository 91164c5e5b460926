using Lumen.Captioning;
using Lumen.Files;

namespace Lumen.Training.Backbones;

/// <summary>What a CLIP that scores phrases has besides its weights.</summary>
/// <param name="Tokenizer">Folder of the tokenizer, whose files go with the weights.</param>
/// <param name="Phrases">What it is to tell apart; null for nothing in particular.</param>
/// <param name="File">The file that they were read from; null for none.</param>
internal sealed record WholeClip(string Tokenizer, PhraseBook? Phrases, string? File)
{
    private static readonly string[] TokenizerFiles = ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"];

    /// <summary>Reads the phrases, if there is a file.</summary>
    /// <exception cref="LumenException">They cannot be used.</exception>
    public static WholeClip Read(string tokenizer, string? file)
    {
        var book = file is null ? null : PhraseBookFile.Read(file);
        book?.Validate();
        return new WholeClip(tokenizer, book, file);
    }

    /// <summary>Puts the tokenizer's files and the phrases beside the weights.</summary>
    /// <param name="folder">The folder of the weights.</param>
    public void WriteBeside(string folder)
    {
        foreach (var name in TokenizerFiles)
            if (Path.Combine(Tokenizer, name) is var path && System.IO.File.Exists(path))
                AtomicFile.Write(Path.Combine(folder, name), System.IO.File.ReadAllBytes(path));
        if (File is not null)
            AtomicFile.Write(Path.Combine(folder, ObedienceEvaluator.PhrasesFile), System.IO.File.ReadAllBytes(File));
    }
}
