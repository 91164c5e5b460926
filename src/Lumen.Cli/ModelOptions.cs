using System.CommandLine;
using Lumen.Files;
using Lumen.Hub;
using Lumen.Pretrained;

namespace Lumen.Cli;

/// <summary>The options that choose a model, and where the built-in one is.</summary>
internal static class ModelOptions
{
    private static readonly string BuiltIn = Path.Combine("models", "street-tiny");

    public static Option<string?> Model() =>
        Flag.Text(
            "--model",
            "PATH",
            "Base model: a diffusers folder (model_index.json, unet, vae, text_encoder, tokenizer, scheduler), a single .safetensors "
                + "file, or ORG/NAME in the hub's cache. Default: the built-in models/street-tiny.",
            "--pretrained-model-name-or-path"
        );

    public static Option<string?> Adapter(string more = "") =>
        Flag.Text(
            "--adapter",
            "PATH",
            $"LUMEN adapter: a diffusers ControlNet folder with lumen/ inside{more}. Default: the folder controlnet of the model."
        );

    /// <summary>The model folder: the given one, or the built-in one in or above the current folder or the program's.</summary>
    /// <exception cref="LumenException">None was given and there is no built-in one.</exception>
    public static string ModelFolder(string? given) =>
        (Located(given) is { } located ? Existing(located) : null)
        ?? Above(Directory.GetCurrentDirectory())
        ?? Above(AppContext.BaseDirectory)
        ?? throw new LumenException(
            "The built-in model models/street-tiny is neither in the current folder or above it nor beside the program. Run lumen in "
                + "its repository, or give --model a diffusers folder."
        );

    private static string Existing(string given) =>
        Path.Exists(given)
            ? given
            : throw new LumenException(
                LumenErrorKind.File,
                $"There is no model folder at {given}. Give --model a diffusers folder (one with model_index.json) or a .safetensors file, "
                    + "or leave it out to use the built-in models/street-tiny."
            );

    /// <summary>The adapter folder: the given one, or the model's own.</summary>
    /// <exception cref="LumenException">None was given and the model has none.</exception>
    public static string AdapterFolder(string? given, string model)
    {
        if (Located(given) is { } located)
            return located;
        var own = Path.Combine(model, "controlnet");
        if (Directory.Exists(own) || !Path.Exists(model))
            return own;
        ModelInspector.RequireModel(model); // what is no model at all has no adapter either
        throw new LumenException(
            $"The model {model} has no adapter (no folder controlnet in it). Give --adapter a LUMEN adapter that was trained on it."
        );
    }

    /// <summary>
    /// A path that was given, or the snapshot of a model in the hub's cache: <c>org/name[@revision]</c>. Needs no network.
    /// </summary>
    /// <exception cref="LumenException">It looks like a model of the hub, and is neither here nor there.</exception>
    public static string? Located(string? given)
    {
        if (given is null || Path.Exists(given) || HubId.Parse(given) is not { } id)
            return given;
        var cache = new HubCache(HubEnvironment.Read().CacheFolder);
        return cache.Find(id) ?? throw cache.Missing(id);
    }

    /// <summary>
    /// The folder whose weights a training begins with: a path, the built-in model by its name wherever the program runs, or a model in the
    /// hub's cache.
    /// </summary>
    /// <exception cref="LumenException">There is no such folder.</exception>
    public static string? StartOf(string? given) =>
        given == "models/street-tiny" && !Path.Exists(given) ? ModelFolder(null)
        : given is null || Path.Exists(given) || HubId.Parse(given) is not null ? Located(given)
        : throw new LumenException(
            $"There is no model folder at {given} to begin with. Correct initialise_from in the recipe, or give --initialise-from a "
                + "model folder."
        );

    /// <summary>Whether a folder is the built-in model, however it is named on the command line, or a copy that kept its name.</summary>
    public static bool IsBuiltIn(string folder) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(RealPath.Of(folder))) == Path.GetFileName(BuiltIn);

    private static string? Above(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, BuiltIn);
            if (File.Exists(Path.Combine(candidate, "model_index.json")))
                return candidate;
        }
        return null;
    }
}
