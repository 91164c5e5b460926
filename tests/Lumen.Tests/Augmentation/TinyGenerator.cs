using Lumen.Augmentation;
using Lumen.Core.Tensors;
using Lumen.Datasets;
using Lumen.Generation;
using Lumen.Testing;
using Lumen.Tests.Datasets;

namespace Lumen.Tests.Augmentation;

/// <summary>A tiny model with its adapter, and small augmentations with it.</summary>
public sealed class TinyGenerator : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly DiffusionModel _model;
    private readonly LayoutAdapter _adapter;

    public TinyGenerator()
    {
        Model = TinyModels.Write(_folder.File("tiny"));
        _model = DiffusionModel.Load(Model, Placement.Reference);
        _adapter = LayoutAdapter.Load(Path.Combine(Model, "controlnet"), _model);
    }

    /// <summary>Folder of the model.</summary>
    public string Model { get; }

    public ImageGenerator Generator => new(_model, _adapter);

    internal static PromptMatrix Prompts { get; } =
        new([new PromptEntry("night", "a street at night"), new PromptEntry("fog", "a street in fog", 2)]);

    internal static AugmentationOptions Options { get; } =
        new()
        {
            Variants = 2,
            HeldOutCheck = Lumen.Augmentation.HeldOutCheck.Exact,
            Generation = new GenerationOptions { NumInferenceSteps = 1, GuidanceScale = 1 },
        };

    /// <summary>A fresh path.</summary>
    public string Fresh() => _folder.File(Guid.NewGuid().ToString("N"));

    /// <summary>A tiny data set in a fresh folder.</summary>
    public Dataset Dataset(string format = "folders") => DatasetFormats.Open(new TinyDatasets(Fresh()).Write(format));

    /// <summary>Runs to the end.</summary>
    public IReadOnlyList<AugmentationResult> Run(
        Dataset dataset,
        string output,
        AugmentationOptions? options = null,
        PromptMatrix? prompts = null,
        CancellationToken stop = default,
        IProgress<AugmentationProgress>? progress = null
    ) =>
        [
            .. new DatasetAugmentation(Generator, prompts ?? Prompts, options ?? Options)
                .RunAsync(dataset, output, progress, stop)
                .ToBlockingEnumerable(CancellationToken.None),
        ];

    /// <summary>Every file of a folder with its content; bookkeeping is left out.</summary>
    public static SortedDictionary<string, string> Files(string folder) =>
        new(
            Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .ToDictionary(path => Path.GetRelativePath(folder, path).Replace('\\', '/'), path => ItemHash.OfFile(path))
                .Where(pair =>
                    !pair.Key.StartsWith("lumen/", StringComparison.Ordinal) && !pair.Key.StartsWith("manifest", StringComparison.Ordinal)
                )
                .ToDictionary(),
            StringComparer.Ordinal
        );

    public void Dispose()
    {
        _adapter.Dispose();
        _model.Dispose();
        _folder.Dispose();
    }
}
