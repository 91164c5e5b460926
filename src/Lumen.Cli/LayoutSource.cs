using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Models.Vision;

namespace Lumen.Cli;

/// <summary>The layout of a reference picture, or a stored one, with a LUMEN adapter.</summary>
internal sealed class LayoutSource : GenerateSource
{
    private readonly GenerateSettings _settings;
    private readonly Backbone? _backbone;
    private readonly LayoutAdapter _adapter;
    private readonly NeuralLayout? _stored;
    private readonly ExtractedLayout? _read;
    private readonly NeuralLayout? _first;

    /// <param name="settings">What was asked for.</param>
    /// <param name="model">The base.</param>
    /// <param name="content">The file.</param>
    /// <param name="picture">The reference, or null with a stored layout.</param>
    public LayoutSource(GenerateSettings settings, DiffusionModel model, SteeringContent content, Picture? picture)
        : base(content)
    {
        _settings = settings;
        _stored = settings.Source.Layout is { } path ? NeuralLayout.Load(path) : null;
        _backbone = settings.BackboneWeights is { } weights
            ? VisionBackboneFile.Open(weights, settings.Placement, registry: model.Registry)
            : null;
        _adapter = LayoutAdapter.Load(settings.Adapter, model, _backbone);
        Generator = new ImageGenerator(model, _adapter) { Workers = settings.Workers };
        _read = picture is null
            ? null
            : Generator.ExtractLayout(
                picture,
                LayoutExtractor.SizeFor(
                    WorkingSize.Of(model),
                    (picture.Width, picture.Height),
                    settings.Options.Width,
                    settings.Options.Height
                )
            );
        Full.Require(_adapter.Basis);
        _first = settings.Options.Components is { } n ? Full.First(n) : null;
        Request = _read is null
            ? Generator.RequestFor(_stored!, settings.Prompt, settings.Options)
            : GenerationRequest.For(_read, settings.Prompt);
    }

    public override ImageGenerator Generator { get; }

    public override GenerationRequest Request { get; }

    public override string Introduction =>
        _settings.Options.Components is { } n && n < _adapter.Basis.Components
            ? $"the first {n} of {_adapter.Basis.Components} layout components"
            : $"{_adapter.Basis.Components} layout components";

    private NeuralLayout Full => _read?.Layout ?? _stored!;

    private NeuralLayout Used => _first ?? Full;

    public override void Warn(Terminal terminal)
    {
        if (_read is null)
            return;
        LayoutCommand.WarnOfDrift(terminal, _adapter.Basis, [(_settings.SourceFile, _read.RelativeError)]);
        if (ModelOptions.IsBuiltIn(_settings.Model) && ForeignPicture.Is(Generator.Model, _read.Padded.Picture))
            terminal.Warn(
                $"{Path.GetFileName(_settings.SourceFile)} is of another kind than the streets that the built-in model was made "
                    + "with, and it knows nothing else: what comes out is a toy street with roughly this layout."
            );
    }

    public override double? Agreement(Picture result) => Generator.Agreement(result, Full);

    public override (string Name, string Hash) Adapter => (_adapter.Name, _adapter.WeightsHash);

    public override string Kind => _read is null ? "layout" : "reference";

    public override LayoutRecord Layout(double? agreement) =>
        new(
            _adapter.Basis.Hash,
            GenerateRun.Hash(Used.Map.bytes),
            (_settings.Options.Components ?? Used.Components, Used.Components),
            agreement ?? 0
        );

    public override Picture Sheet(IReadOnlyList<(Picture Picture, string Caption)> results) =>
        GenerationSheet.Compose(_read?.Picture, Used, results);

    public override void Dispose()
    {
        _first?.Dispose();
        _read?.Dispose();
        _stored?.Dispose();
        _adapter.Dispose();
        _backbone?.Dispose();
    }
}
