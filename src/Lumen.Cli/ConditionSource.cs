using Lumen.Conditions;
using Lumen.Generation;
using Lumen.Imaging;

namespace Lumen.Cli;

/// <summary>A picture of edges, depth or the like, or a reference that one is made of, with a ControlNet.</summary>
internal sealed class ConditionSource : GenerateSource
{
    private readonly ControlNetAdapter _adapter;
    private readonly bool _isReference;

    /// <param name="settings">What was asked for.</param>
    /// <param name="model">The base.</param>
    /// <param name="content">The file.</param>
    /// <param name="picture">The condition or the reference, any size.</param>
    public ConditionSource(GenerateSettings settings, DiffusionModel model, SteeringContent content, Picture picture)
        : base(content)
    {
        if (settings.Options.Components is not null)
            throw new LumenException(
                "--components belongs to neural layouts, but the adapter was trained on another condition: leave it out."
            );
        var size = LayoutExtractor.SizeFor(
            WorkingSize.Of(model),
            (picture.Width, picture.Height),
            settings.Options.Width,
            settings.Options.Height
        );
        _adapter = ControlNetAdapter.Load(settings.Adapter, model);
        _isReference = settings.Source.Reference is not null;
        Generator = new ImageGenerator(model, null) { ControlNetAdapter = _adapter, Workers = settings.Workers };
        Request = Generator.RequestFor(Image(settings.SourceFile, picture, size), settings.Prompt, size);
    }

    public override ImageGenerator Generator { get; }

    public override GenerationRequest Request { get; }

    public override string Introduction =>
        _adapter.Producer is { } producer ? $"adapter {_adapter.Name} on {producer.Name}" : $"ControlNet {_adapter.Name}";

    public override void Warn(Terminal terminal)
    {
        var rgb = Request.ConditionImage!.Rgb;
        if (Enumerable.Range(0, rgb.Length / 3).All(pixel => rgb.AsSpan(3 * pixel, 3).SequenceEqual(rgb.AsSpan(0, 3))))
            terminal.Warn(
                "The condition image has one colour only, so it leads nothing. Where its lines are dark on a transparent ground, make "
                    + "them white: transparency counts as nothing, which is black to most ControlNets."
            );
    }

    public override (string Name, string Hash) Adapter => (_adapter.Name, _adapter.WeightsHash);

    public override string Kind => _isReference ? "reference" : "condition_image";

    public override Picture Sheet(IReadOnlyList<(Picture Picture, string Caption)> results) =>
        GenerationSheet.Compose(_adapter.Drawn(Request.ConditionImage!), results);

    public override void Dispose() => _adapter.Dispose();

    // Class ids are read as they are stored: a palette's colours are not ids.
    private Picture Image(string file, Picture picture, (int Width, int Height) size)
    {
        if (!_isReference)
            return _adapter.Producer is LabelMapCondition labels ? labels.Load(file, size).ToPicture() : Content.Picture(_adapter.Nothing);
        if (_adapter.Producer is not { } producer)
            return picture;
        if (!_adapter.NeedsPictureOnly)
        {
            throw new LumenException(
                $"The adapter {_adapter.Name} is steered by {producer.Name}, which a reference alone does not give. "
                    + (
                        producer is LabelMapCondition
                            ? "Give --condition-image a PNG of class ids."
                            : $"Draw it with: lumen condition PICTURE --kind {producer.Name.Replace(' ', '-')} ..., and give the "
                                + "drawing with --condition-image."
                    )
            );
        }
        var fitted = (picture.Width, picture.Height) == size ? picture : Resizing.Cover(picture, size.Width, size.Height);
        return _adapter.ImageOf(new AnnotatedPicture(fitted));
    }
}
