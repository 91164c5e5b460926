using Lumen.Core.Imaging;
using Lumen.Generation;

namespace Lumen.Augmentation;

/// <summary>Makes one picture at a time, so that its bytes hang on nothing but its source, prompt and seed: in a batch, rounding would depend on the neighbours.</summary>
internal sealed class VariantMaker(ImageGenerator generator, GenerationOptions generation, int? resolution)
{
    private const double StrengthStep = 0.25, LargestStrength = 2;

    /// <summary>Brings a picture to the working size (the same geometry: both sides are scaled, nothing is cut) and extracts its layout.</summary>
    public SourcePicture Open(Picture picture)
    {
        var (width, height) = resolution switch
        {
            AugmentationOptions.OriginalResolution => (picture.Width, picture.Height),
            null => generator.NativeSizeOf(picture),
            { } side => picture.Width <= picture.Height
                ? LayoutReader.SizeFor(WorkingSize.Of(generator.Model), (picture.Width, picture.Height), width: side)
                : LayoutReader.SizeFor(WorkingSize.Of(generator.Model), (picture.Width, picture.Height), height: side),
        };
        return OpenAt(picture, width, height);
    }

    /// <summary>The same at a given working size.</summary>
    public SourcePicture OpenAt(Picture picture, int width, int height)
    {
        var working = picture.Width == width && picture.Height == height ? picture : Resizing.Resize(picture, width, height);
        var layout = generator.ExtractLayout(working, (width, height));
        return new SourcePicture(picture, layout, ItemHash.Of(layout.Layout.Map.bytes));
    }

    /// <summary>The seed of an attempt.</summary>
    public static ulong SeedOf(ulong seed, string source, int variant, int attempt) => ItemHash.Number($"{seed}\nnoise\n{source}\n{variant}\n{attempt}");

    /// <summary>The strength of an attempt: the second retry and later ones hold on to the layout more tightly.</summary>
    public double StrengthOf(int attempt) => Math.Min(LargestStrength, Math.Round(generation.Strength * (1 + StrengthStep * Math.Max(0, attempt - 1)), 4));

    /// <summary>Generates a picture and brings it to the source's size.</summary>
    /// <param name="source">The source.</param>
    /// <param name="prompt">Prompt and negative prompt.</param>
    /// <param name="attempt">Number, seed and strength of the attempt.</param>
    /// <param name="stop">Stops between steps.</param>
    public MadePicture Make(SourcePicture source, (string Prompt, string Negative) prompt, (int Number, ulong Seed, double Strength) attempt, CancellationToken stop)
    {
        var options = generation with { NegativePrompt = prompt.Negative, Seed = attempt.Seed, Strength = attempt.Strength };
        var picture = generator.Generate(GenerationRequest.For(source.Layout, prompt.Prompt), options, null, stop)[0];
        using var own = generator.ExtractLayout(picture, (picture.Width, picture.Height));
        var map = AgreementMap.Of(own.Layout, source.Layout.Layout);
        var (width, height) = (source.Original.Width, source.Original.Height);
        return new MadePicture(picture.Width == width && picture.Height == height ? picture : Resizing.Resize(picture, width, height), map, attempt.Number, attempt.Seed, attempt.Strength);
    }
}
