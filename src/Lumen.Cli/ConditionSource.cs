using Lumen.Core.Imaging;
using Lumen.Generation;

namespace Lumen.Cli;

/// <summary>A picture of edges, depth or the like, with an ordinary ControlNet.</summary>
internal sealed class ConditionSource : GenerateSource
{
    private readonly PictureAdapter _adapter;

    /// <param name="settings">What was asked for.</param>
    /// <param name="model">The base.</param>
    /// <param name="picture">The condition, any size.</param>
    public ConditionSource(GenerateSettings settings, DiffusionModel model, Picture picture)
    {
        var size = LayoutReader.SizeFor(WorkingSize.Of(model), (picture.Width, picture.Height), settings.Size.Width, settings.Size.Height);
        _adapter = PictureAdapter.Load(settings.Adapter, model);
        Generator = new ImageGenerator(model, null) { PictureAdapter = _adapter };
        Request = Generator.RequestFor(picture, settings.Prompt, size);
    }

    public override ImageGenerator Generator { get; }

    public override GenerationRequest Request { get; }

    public override string Introduction => $"ControlNet {_adapter.Name}";

    public override (string Name, string Hash) Adapter => (_adapter.Name, _adapter.WeightsHash);

    public override string Kind => "condition_image";

    public override Picture Sheet(IReadOnlyList<(Picture Picture, string Caption)> results) => GenerationSheet.Compose(Request.ConditionImage!, results);

    public override void Dispose() => _adapter.Dispose();
}
