using Lumen.Pretrained;

namespace Lumen;

/// <summary>How a model is opened. Every property may stay as it is.</summary>
public sealed record LumenOptions
{
    /// <summary>
    /// Device: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, <c>mps</c>, or <c>auto</c> for the first of cuda, mps and cpu that is there; null:
    /// cpu.
    /// </summary>
    public string? Device { get; init; }

    /// <summary>Compute type: <c>float32</c> or <c>bfloat16</c>; null or <c>auto</c>: the faster one of the device.</summary>
    public string? Dtype { get; init; }

    /// <summary>
    /// Threads of the processor that the model may use, 1 or more; null: as many as libtorch gives the thread that opens it, which is what
    /// any thread of the process was told last.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>
    /// The adapter: a folder that was trained here, on layouts or on another condition, or an ordinary ControlNet, folder or file; null:
    /// the folder <c>controlnet</c> of the model where it has one, otherwise none.
    /// </summary>
    public string? Adapter { get; init; }

    /// <summary>Weights of the vision transformer that the adapter reads layouts with; null where that is the model itself.</summary>
    public string? BackboneWeights { get; init; }

    /// <summary>
    /// A whole CLIP, in the layout of transformers, that measures how far pictures show what prompts ask for
    /// (<see cref="GeneratedPicture.Obedience"/>); <c>none</c> for no such figure; null: the folder <c>clip</c> of the model where it has
    /// one, otherwise none.
    /// </summary>
    public string? Clip { get; init; }

    /// <summary>The phrases that it tells apart, a TOML file (docs/captions.md); null: <c>phrases.toml</c> in its folder.</summary>
    public string? Phrases { get; init; }

    /// <summary>
    /// Folder of the hub's cache, in which a model called <c>ORG/NAME</c> is looked up; null: names are paths. Nothing is downloaded.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>
    /// What a model in a single file does not hold, and the registry of what models and adapters may name; null: what can be found without
    /// it, and what is built in.
    /// </summary>
    public ModelFileOptions? ModelFile { get; init; }
}
