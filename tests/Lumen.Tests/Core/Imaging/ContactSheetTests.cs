using Lumen.Imaging;
using Xunit;

namespace Lumen.Tests.Core.Imaging;

public sealed class ContactSheetTests
{
    [Fact]
    public void Pictures_stand_in_their_cells_and_captions_have_ink()
    {
        var red = Picture.Filled(120, 60, 255, 0, 0);
        var blue = Picture.Filled(80, 60, 0, 0, 255);
        var plain = ContactSheet.Compose([
            [red, blue],
            [blue],
        ]);
        Assert.Equal((8 + 120 + 8 + 80 + 8, 8 + 60 + 8 + 60 + 8), (plain.Width, plain.Height));
        Assert.Equal((255, 0, 0), plain.At(8, 8));
        Assert.Equal((0, 0, 255), plain.At(136, 8));
        Assert.Equal((255, 255, 255), plain.At(8 + 10, 80)); // centred under the wider one
        Assert.Equal((0, 0, 255), plain.At(8 + 20, 80));

        var captioned = ContactSheet.Compose(
            [
                [red, blue],
                [blue],
            ],
            ["reference", "result"],
            ["fog", "snow"]
        );
        Assert.True(captioned.Width > plain.Width && captioned.Height > plain.Height);
        Assert.True(Ink(captioned) > 100);
        Assert.Equal(0, Ink(plain));
    }

    [Fact]
    public void Every_printable_letter_is_its_own_shape()
    {
        var shapes = Enumerable
            .Range('!', '~' - '!' + 1)
            .Concat(['é', 'ü', 'Ж', 'λ', '中']) // the last is in no font of its size: a box
            .Select(letter =>
            {
                var picture = Picture.Filled(16, 20, 255, 255, 255);
                Lettering.Draw(picture, ((char)letter).ToString(), (0, 0), (0, 0, 0), 16);
                return Convert.ToHexString(picture.Rgb);
            })
            .ToList();
        Assert.Equal(shapes.Count, shapes.Distinct().Count());
        Assert.DoesNotContain(new string('F', 16 * 20 * 6), shapes);
    }

    [Fact]
    public void Wrapped_lines_fit_and_lose_no_word()
    {
        const string Prompt = "a quiet street at night in fog, with averyveryverylongwordindeed and two cars";
        foreach (var width in (int[])[24, 60, 128, 1000])
        {
            var lines = Lettering.Wrap(Prompt, width, 12);
            Assert.All(lines, line => Assert.True(Lettering.Measure(line, 12) <= width));
            Assert.Equal(
                Prompt.Replace(" ", "", StringComparison.Ordinal),
                string.Concat(lines).Replace(" ", "", StringComparison.Ordinal)
            );
        }
        var cut = Lettering.Wrap(Prompt, 60, 12, lines: 2);
        Assert.Equal(2, cut.Count);
        Assert.EndsWith("...", cut[1], StringComparison.Ordinal);
        Assert.Empty(Lettering.Wrap("", 10, 12));
    }

    [Fact]
    public void Text_that_reaches_beyond_the_picture_is_cut()
    {
        var picture = Picture.Filled(10, 10, 255, 255, 255);
        Lettering.Draw(picture, "WWWW", (-3, -6), (0, 0, 0), 24);
        Lettering.Draw(picture, "WWWW", (6, 6), (0, 0, 0), 24);
        Assert.True(Ink(picture) > 0);
    }

    [Fact]
    public void A_sheet_without_pictures_or_with_too_many_captions_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ContactSheet.Compose([]));
        Assert.Throws<ArgumentException>(() =>
            ContactSheet.Compose([
                [],
            ])
        );
        Assert.Throws<ArgumentException>(() =>
            ContactSheet.Compose(
                [
                    [Fixtures.Noise(4, 4)],
                ],
                ["a", "b"]
            )
        );
    }

    private static int Ink(Picture picture) => picture.Rgb.Chunk(3).Count(pixel => pixel[0] < 128 && pixel[1] < 128 && pixel[2] < 128);
}
