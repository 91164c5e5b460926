namespace Lumen.Tests.Augmentation;

/// <summary>The words of <c>lumen augment</c> for a process of its own: one step a picture, every picture accepted.</summary>
internal static class AugmentLine
{
    public static string[] Of(string model, string dataset, string output, string prompts, int variants, params string[] more) =>
        [
            "augment",
            "--dataset",
            dataset,
            "--output",
            output,
            "--variants",
            $"{variants}",
            "--prompts",
            prompts,
            "--model",
            model,
            "--steps",
            "1",
            "--guidance-scale",
            "1",
            "--dtype",
            "float32",
            "--min-agreement",
            "none",
            .. more,
        ];

    /// <summary>Writes a file of prompts: streets at night, and whatever else is given.</summary>
    public static string Prompts(string path, string more = "")
    {
        File.WriteAllText(path, $"template = \"{{domain}}\"\n[domains]\nnight = \"a street at night\"\n{more}");
        return path;
    }
}
